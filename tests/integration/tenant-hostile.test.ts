import { describe, expect, test } from '@jest/globals';
import type { StageReport } from '@gantry/core';
import { LIMITS, type Outcome, runIn } from '../support/real-sandboxes.js';
import { forkedStage, stageOf, type TurnOptions, TenantSandboxes } from '../support/tenant-sandboxes.js';

const sandboxes = new TenantSandboxes();
const MIB = 1024 * 1024;

/** The next execution of this tenant runs as if nothing had been. Says whether it is in the same container. */
async function expectHealthyNext(options: TurnOptions): Promise<'warm' | 'cold'> {
  const { info, report, stdout } = await sandboxes.run('streams.py', options);
  expect(report).toMatchObject({ exitCode: 0, cause: 'self', oomKills: 0, refusedForks: 0, diskFull: false });
  expect(stdout.length).toBeGreaterThan(0);
  return info.kind;
}

interface Hostile {
  title: string;
  program: string;
  options?: TurnOptions;
  report: Partial<StageReport>;
  more?: (outcome: Outcome) => void;
}

const HOSTILE: Hostile[] = [
  {
    title: 'a fork bomb',
    program: 'fork-bomb.py',
    options: { stage: { wallMs: 1000 } },
    report: { cause: 'wall', exitCode: null },
    more: ({ report }) => expect(report.refusedForks).toBeGreaterThan(0),
  },
  {
    title: 'a hog of memory',
    program: 'eat-memory.py',
    options: { args: ['self'] },
    report: { cause: 'self', signal: 'SIGKILL' },
    more: ({ report }) => expect(report.oomKills).toBeGreaterThan(0),
  },
  {
    title: 'a hog of memory that outlives its child',
    program: 'eat-memory.py',
    options: { args: ['child', '3'] },
    report: { cause: 'self', exitCode: 3 },
    more: ({ report }) => {
      expect(report.oomKills).toBeGreaterThan(0);
      expect(report.peakMemoryBytes).toBeGreaterThan(128 * MIB);
    },
  },
  {
    title: 'a gigabyte of output',
    program: 'flood.py',
    options: { args: [String(1000)] },
    report: { cause: 'self', exitCode: 0 },
    more: ({ report, stdout }) => expect(stdout.length + report.stdoutDroppedBytes).toBe(1000 * MIB),
  },
  {
    title: 'output past its cap',
    program: 'print-lines.py',
    options: { args: [String(100 * MIB), '1'], stage: { onOutputLimit: 'kill' } },
    report: { cause: 'output', exitCode: null },
  },
  {
    title: 'the killer of all',
    program: 'stop-everything.py',
    options: { args: ['kill'] },
    report: { signal: 'SIGKILL' },
  },
  {
    title: 'the stopper of all',
    program: 'stop-everything.py',
    options: { args: ['stop'], stage: { wallMs: 700 } },
    report: { cause: 'wall', signal: 'SIGKILL' },
  },
  { title: 'a daemon', program: 'leave-daemon.py', report: { cause: 'self', exitCode: 0 } },
  {
    title: 'a filler of disks',
    program: 'fill.py',
    options: { args: ['bytes', '/workspace'] },
    report: { cause: 'self', exitCode: 1, diskFull: true },
  },
  {
    title: 'one that leaves its stdin unread',
    program: 'exit-early.py',
    options: { stage: { stdin: Buffer.alloc(3 * MIB, 'x') } },
    report: { cause: 'self', exitCode: 5 },
  },
  { title: 'a forger of results', program: 'forge-frames.py', report: { cause: 'self', exitCode: 7 } },
  {
    title: 'one that sleeps for ever',
    program: 'sleep.py',
    options: { args: ['deaf', 'stop'], stage: { wallMs: 500 } },
    report: { cause: 'wall' },
  },
];

describe.each(['exec', 'fork'] as const)('after an execution, started by %s, that is', (start) => {
  test.each(HOSTILE.map((hostile) => [hostile.title, hostile] as const))(
    '%s, the next is healthy',
    async (_, hostile) => {
      const { program, options = {}, report, more } = hostile;
      const tenant = `hostile-${start}`;
      const outcome = await sandboxes.run(program, { ...options, tenant, start });
      expect(outcome.report).toMatchObject(report);
      more?.(outcome);
      expect(await expectHealthyNext({ tenant, start })).toBe('warm');
    },
  );
});

describe('a container', () => {
  test('that ends under its program is not used again', async () => {
    const tenant = 'killed';
    await sandboxes.run('streams.py', { tenant });
    const before = await sandboxes.containers();
    await using sandbox = await sandboxes.acquire({ tenant });
    const running = runIn(sandbox, await stageOf('sleep.py', { args: [] }));
    const failed = expect(running).rejects.toMatchObject({ code: 'sandbox_failed' });
    for (const { Id, Command } of before)
      if (Command.includes('gantry-init')) await sandboxes.docker.getContainer(Id).kill();
    await failed;
    const { report } = await sandboxes.run('streams.py', { tenant });
    expect(report.exitCode).toBe(0);
    const after = (await sandboxes.containers()).filter(({ State }) => State === 'running').map(({ Id }) => Id);
    expect(before.filter(({ Id }) => after.includes(Id))).toEqual([]);
  });

  test('that ends while nobody uses it is not used again', async () => {
    const tenant = 'killed-idle';
    await sandboxes.run('streams.py', { tenant });
    for (const { Id } of await sandboxes.containers()) await sandboxes.docker.getContainer(Id).kill();
    const { report } = await sandboxes.run('streams.py', { tenant });
    expect(report.exitCode).toBe(0);
  });

  test('is not used for an execution that asks for one of its own, or for the network', async () => {
    const tenant = 'own';
    await sandboxes.run('streams.py', { tenant });
    await using sandbox = await sandboxes.acquire({ tenant, isolation: 'container' });
    const { stdout } = await runIn(sandbox, await stageOf('world.py'));
    // The user namespace of the machine.
    expect((JSON.parse(stdout.toString()) as { map: number[][] }).map).toEqual([[0, 0, 4_294_967_295]]);
    expect(sandbox.info.kind).toBe('cold');
    await expect(sandboxes.acquire({ tenant, limits: { networkEnabled: true } })).rejects.toMatchObject({
      code: 'limit_unenforceable',
    });
  });

  test('serves an aborted execution and then the next', async () => {
    const tenant = 'aborted';
    const abort = new AbortController();
    {
      await using sandbox = await sandboxes.acquire({ tenant, start: 'fork' });
      const running = runIn(sandbox, forkedStage('import time\nprint(1)\ntime.sleep(600)'), { signal: abort.signal });
      setImmediate(() => abort.abort());
      expect((await running).report.cause).toBe('killed');
    }
    const { report } = await sandboxes.run('streams.py', { tenant, start: 'fork' });
    expect(report.exitCode).toBe(0);
  });

  test('gives the limits as they are applied', async () => {
    await using sandbox = await sandboxes.acquire({ tenant: 'limits', limits: { maxProcesses: 9 } });
    expect(sandbox.info.limits).toEqual({ ...LIMITS, maxProcesses: 9 });
    const { stdout } = await runIn(sandbox, await stageOf('count-children.py', { limits: { maxProcesses: 9 } }));
    expect(stdout.toString()).toBe('8 11\n');
  });
});

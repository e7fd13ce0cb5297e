import { describe, expect, test } from '@jest/globals';
import type { ExecutionRequest } from '@gantry/contracts';
import { type Sandbox, toStages } from '@gantry/core';
import { loadRuntimes } from '@gantry/runtimes';
import type { Behaviour } from '../programs/preload/behaviour.js';
import { NODE } from '../programs/preload/node.js';
import { PYTHON } from '../programs/preload/python.js';
import { sampleRequest } from '../support/executions.js';
import { PreloadingSandboxes } from '../support/preloading-sandboxes.js';
import { LIMITS, type Outcome, runIn } from '../support/real-sandboxes.js';

const sandboxes = new PreloadingSandboxes();
const runtimes = loadRuntimes();

async function run(runtime: string, behaviour: Behaviour, sandbox: Sandbox, preload: boolean): Promise<Outcome> {
  const found = runtimes.resolve(runtime);
  if (!found) throw new Error(`There is no runtime ${runtime}`);
  const { code, args = [], env = {}, stdin = '', files = {} } = behaviour;
  const request: ExecutionRequest = sampleRequest({ runtime, code, args, env, stdin, limits: LIMITS, preload });
  const stage = toStages(found, request).run;
  const beside = Object.entries(files).map(([name, text]) => ({
    path: `/workspace/${name}`,
    content: Buffer.from(text),
    mode: 0o644,
  }));
  return await runIn(sandbox, { ...stage, files: [...beside, ...stage.files] });
}

async function preloaded(runtime: string, behaviour: Behaviour): Promise<Outcome> {
  await using sandbox = await sandboxes.acquireWarm(runtime);
  return await run(runtime, behaviour, sandbox, true);
}

async function plain(runtime: string, behaviour: Behaviour): Promise<Outcome> {
  await using sandbox = await sandboxes.acquire();
  return await run(runtime, behaviour, sandbox, false);
}

/** Addresses, process ids and durations differ between two plain starts too. */
function steady(output: Buffer): string {
  return output
    .toString('latin1')
    .replaceAll(/0x[0-9a-f]{6,}/g, '0xADDRESS')
    .replaceAll(/\(node:\d+\)/g, '(node:PID)')
    .replaceAll(/duration_ms:? [\d.]+/g, 'duration_ms TIME');
}

/** All that a client can tell two executions apart by, times and memory aside. */
function visible({ report, stdout, stderr }: Outcome) {
  const { exitCode, signal, startError, cause, oomKills, refusedForks, diskFull } = report;
  return {
    stdout: steady(stdout),
    stderr: steady(stderr),
    ...{ exitCode, signal, startError, cause, oomKills, refusedForks, diskFull },
  };
}

describe.each([
  ['python', PYTHON],
  ['node', NODE],
])('%s started in advance shows no difference in', (runtime, behaviours) => {
  test.each(behaviours.map((behaviour) => [behaviour.title, behaviour] as const))('%s', async (_, behaviour) => {
    const [before, after] = await Promise.all([plain(runtime, behaviour), preloaded(runtime, behaviour)]);
    expect(visible(after)).toEqual(visible(before));
  });
});

/** Says whether modules are there that a plain start does not load. */
const TELLTALE: Record<string, string> = {
  python: 'import sys; print("dataclasses" in sys.modules)',
  node: 'console.log(String(process.moduleLoadList.includes("NativeModule tty")).replace(/^./, (c) => c.toUpperCase()));',
};

describe.each(['python', 'node'])('a program of %s', (runtime) => {
  const code = TELLTALE[runtime] ?? '';

  test.each<[string, Partial<Behaviour>]>([
    ['without anything special', {}],
    ['with arguments', { args: ['a', '--b', 'ü'] }],
    ['with variables of its own', { env: { MINE: '1', NODE_ENV: 'test' } }],
    ['with input', { stdin: 'text' }],
    ['with files of its own', { files: { 'mine.txt': 'x', 'lib/mine.py': '' } }],
  ])('%s runs in the interpreter that waits', async (_, special) => {
    const { stdout } = await preloaded(runtime, { title: '', code, ...special });
    expect(stdout.toString()).toBe('True\n');
  });

  test.each<[string, Partial<Behaviour>]>([
    ['with a variable that its interpreter obeys', { env: { PYTHONOPTIMIZE: '0', NODE_OPTIONS: '' } }],
    ['with a language of its own', { env: { LC_ALL: 'C' } }],
    ['with a path of its own', { env: { PATH: '/usr/bin:/usr/local/bin' } }],
    ['with more variables than a message takes', { env: { LONG: 'x'.repeat(70_000) } }],
  ])('%s runs in a new one', async (_, special) => {
    const { stdout } = await preloaded(runtime, { title: '', code, ...special });
    expect(stdout.toString()).toBe('False\n');
  });

  test('runs in a new one when the request asks for that', async () => {
    await using sandbox = await sandboxes.acquireWarm(runtime);
    const { stdout } = await run(runtime, { title: '', code }, sandbox, false);
    expect(stdout.toString()).toBe('False\n');
  });

  test('is the only one that runs in the interpreter that waits', async () => {
    await using sandbox = await sandboxes.acquireWarm(runtime);
    const first = await run(runtime, { title: '', code }, sandbox, true);
    const second = await run(runtime, { title: '', code }, sandbox, true);
    expect([first.stdout.toString(), second.stdout.toString()]).toEqual(['True\n', 'False\n']);
  });

  test('is not charged for the start of its interpreter', async () => {
    const { report } = await preloaded(runtime, { title: '', code });
    const before = await plain(runtime, { title: '', code });
    expect(report.cpuMs).toBeLessThan(before.report.cpuMs ?? 0);
  });
});

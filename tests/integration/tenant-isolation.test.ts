import { describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { CollectingSink, runIn } from '../support/real-sandboxes.js';
import { stageOf, type Start, TenantSandboxes } from '../support/tenant-sandboxes.js';

const sandboxes = new TenantSandboxes();
const STARTS: Start[] = ['exec', 'fork'];
/** Room to use up every quota of a user. */
const limits = { maxOpenFiles: 1024 };

function json(stdout: Buffer): Record<string, unknown> {
  return JSON.parse(stdout.toString()) as Record<string, unknown>;
}

/** `name what` lines as a record. */
function table(stdout: Buffer): Record<string, string> {
  const lines = stdout.toString().trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/ (.*)/, 2) as [string, string]));
}

test('the boot probe finds that this engine can have containers of tenants', () => {
  expect(sandboxes.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(sandboxes.checks.at(-1)).toEqual({
    name: 'tenant_isolation',
    ok: true,
    message: 'tenants have containers of their own',
  });
});

describe.each(STARTS)('an execution in a world, started by %s,', (start) => {
  const tenant = `confined-${start}`;

  test('has no privilege, is alone, and is somebody else each time', async () => {
    const first = json((await sandboxes.run('world.py', { tenant, start })).stdout);
    const outcome = await sandboxes.run('world.py', { tenant, start });
    const second = json(outcome.stdout);
    expect(outcome.info.kind).toBe('warm');
    const [uid] = second['uids'] as string[];
    const map = second['map'] as [number, number, number][];
    expect(second).toMatchObject({
      capabilities: Array(5).fill('0'.repeat(16)),
      no_new_privs: '1',
      filters: '2',
      uids: Array(4).fill(uid),
      groups: [],
      processes: [1, second['pid']],
      parent: 1,
      descriptors: [0, 1, 2],
      of_the_init: [],
      root: ['ro'],
      writable: ['/dev/mqueue', '/dev/shm', '/tmp', '/workspace'],
      oom_score_adj: 1000,
      dumpable: true,
    });
    expect(uid).not.toBe((first['uids'] as string[])[0]);
    // Nobody in there is the host's root, whatever he is called inside.
    expect(map.map(([, outside]) => outside > 65_535)).toEqual([true, true]);
  });

  test('is refused every call that could widen its world', async () => {
    const { stdout, report } = await sandboxes.run('system-calls.py', { tenant, start });
    const { clone3, ...refused } = table(stdout);
    expect(report.exitCode).toBe(0);
    expect(clone3).toBe('ENOSYS');
    expect(Object.keys(refused).length).toBeGreaterThan(30);
    expect(Object.entries(refused).filter(([, error]) => error !== 'EPERM')).toEqual([['setuid(0)', 'EINVAL']]);
  });

  test('writes nowhere but in its own places, and reads nothing of the init', async () => {
    for (const program of ['write-outside.py', 'attack-init.py']) {
      const { stdout, report } = await sandboxes.run(program, { tenant, start });
      expect({ program, text: stdout.toString(), code: report.exitCode }).toEqual({ program, text: '', code: 0 });
    }
  });

  test('reaches no network but its own loopback', async () => {
    const { stdout } = await sandboxes.run('reach-network.py', { tenant, start });
    expect(table(stdout)).toMatchObject({
      '169.254.169.254': 'ENETUNREACH',
      '172.17.0.1': 'ENETUNREACH',
      '1.1.1.1': 'ENETUNREACH',
      interfaces: "['lo']",
      own: 'loopback works',
    });
  });

  test('finds nothing of what the one before it has left behind', async () => {
    const left = await sandboxes.run('leave-everything.py', { tenant, start, limits, args: ['leave'] });
    expect(left.stderr.toString()).toBe('');
    const made = json(left.stdout);
    expect(made).toMatchObject({ shm: true, msg: true, sem: true, queue: true, key: false, hostname: false });
    expect(made['inotify']).toBeGreaterThan(50);

    const { stdout, stderr, info } = await sandboxes.run('leave-everything.py', {
      tenant,
      start,
      limits,
      args: ['look'],
    });
    expect({ kind: info.kind, stderr: stderr.toString() }).toEqual({ kind: 'warm', stderr: '' });
    expect(json(stdout)).toEqual({
      files: [],
      processes: [],
      terminals: [],
      ...{ shm: false, msg: false, sem: false, queue: false, key: false, abstract: false, listener: false },
      sockets: 0,
      left: null,
      cwd: '/workspace',
      nice: 0,
      umask: '0o22',
      files_limit: limits.maxOpenFiles,
      hostname: 'sandbox',
      cached_keys: '',
      inotify: made['inotify'],
      pipes: made['pipes'],
    });
  });
});

describe('a neighbour', () => {
  test.each([
    ['of the same tenant', 'acme', 'acme'],
    ['of another tenant', 'acme', 'umbrella'],
  ])('%s is not seen, and takes nothing away, while it holds all that it can', async (_, one, other) => {
    const abort = new AbortController();
    const sink = new CollectingSink();
    await using holding = await sandboxes.acquire({ tenant: one, limits });
    const running = runIn(holding, await stageOf('leave-everything.py', { limits, args: ['leave', 'hold'] }), {
      sink,
      signal: abort.signal,
    });
    const made = await eventually(() => json(Buffer.concat(sink.stdout)));
    const { stdout } = await sandboxes.run('leave-everything.py', { tenant: other, limits, args: ['look'] });
    abort.abort();
    await running;
    expect(json(stdout)).toMatchObject({
      files: [],
      processes: [],
      ...{ shm: false, msg: false, sem: false, queue: false, abstract: false, listener: false },
      sockets: 0,
      inotify: made['inotify'],
      pipes: made['pipes'],
    });
  });

  test('of another tenant is never in the same container', async () => {
    const inodes = new Set<string>();
    for (const tenant of ['one', 'two', 'one', 'two']) {
      await using sandbox = await sandboxes.acquire({ tenant });
      const { stdout } = await runIn(sandbox, await stageOf('world.py'));
      inodes.add(`${tenant} ${String((json(stdout)['map'] as number[][])[0]?.[1])}`);
    }
    const [first, second] = [...inodes].map((line) => line.split(' ')[1]);
    expect(inodes.size).toBe(2);
    expect(first).not.toBe(second);
  });
});

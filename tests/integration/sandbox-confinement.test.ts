import { describe, expect, test } from '@jest/globals';
import { executorImage } from '../support/requirements.js';
import { RealSandboxes } from '../support/real-sandboxes.js';

const sandboxes = new RealSandboxes();

/** `name what` lines as a record. */
function table(stdout: Buffer): Record<string, string> {
  const lines = stdout.toString().trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/ (.*)/, 2) as [string, string]));
}

describe('a program in a sandbox', () => {
  test('reaches no network, not even its host', async () => {
    const { stdout } = await sandboxes.run('reach-network.py');
    expect(table(stdout)).toEqual({
      // Its own loopback: nobody listens there.
      '127.0.0.2': 'ECONNREFUSED',
      '169.254.169.254': 'ENETUNREACH',
      '172.17.0.1': 'ENETUNREACH',
      '10.0.0.1': 'ENETUNREACH',
      '1.1.1.1': 'ENETUNREACH',
      name: 'unknown',
      interfaces: "['lo']",
      own: 'loopback works',
    });
  });

  test('opens local, IPv4 and IPv6 sockets, reads interfaces, and has no other family', async () => {
    const { stdout } = await sandboxes.run('sockets.py');
    const opened = JSON.parse(stdout.toString().replaceAll('(', '[').replaceAll(')', ']')) as [number, number][];
    expect(new Set(opened.map(([family]) => family))).toEqual(new Set([1, 2, 10, 16]));
    // Raw sockets only of the local family, where they are ordinary ones, and of netlink.
    expect(opened.filter(([family, kind]) => kind === 3 && family !== 1 && family !== 16)).toEqual([]);
  });

  test('writes nowhere but in its own places', async () => {
    const { stdout, report } = await sandboxes.run('write-outside.py');
    expect(report.exitCode).toBe(0);
    expect(stdout.toString()).toBe('');
  });

  test('is refused every call that could widen its world', async () => {
    const { stdout, report } = await sandboxes.run('system-calls.py');
    const { clone3, ...refused } = table(stdout);
    expect(report.exitCode).toBe(0);
    expect(clone3).toBe('ENOSYS');
    expect(Object.keys(refused).length).toBeGreaterThan(30);
    expect(Object.entries(refused).filter(([, error]) => error !== 'EPERM')).toEqual([]);
  });

  test('is killed for a call of 32-bit machines', async () => {
    // x32: the number of getpid with bit 30; the shell of no language makes it by accident.
    const code = 'import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)';
    const { report } = await sandboxes.run('streams.py', { stage: { argv: ['python3', '-c', code] } });
    expect(report).toMatchObject({ exitCode: null, signal: 'SIGSYS' });
  });

  test('reads nothing of the init, and cannot signal it', async () => {
    const { stdout, report } = await sandboxes.run('attack-init.py');
    expect(report.exitCode).toBe(0);
    expect(stdout.toString()).toBe('');
  });

  test('forges no result', async () => {
    const { report, stderr, stdout } = await sandboxes.run('forge-frames.py');
    expect(report).toMatchObject({ exitCode: 7, cause: 'self' });
    // What went to its own stdout and stderr is just output.
    expect(stdout.length).toBeGreaterThan(0);
    expect(stderr.length).toBeGreaterThan(0);
  });

  test('is another user in every sandbox', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map(() => sandboxes.run('streams.sh', { stage: { argv: ['id', '-u'] } })),
    );
    expect(new Set(outcomes.map(({ stdout }) => stdout.toString())).size).toBe(4);
  });

  test('sees nothing of the worker in its environment or its host name', async () => {
    const { stdout } = await sandboxes.run('streams.sh', {
      stage: { argv: ['bash', '-c', 'uname -n; tr "\\0" "\\n" < /proc/self/environ'], env: {} },
    });
    const [name, ...variables] = stdout.toString().trim().split('\n');
    expect(name).toBe('sandbox');
    expect(variables.filter((line) => line !== '' && !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))).toEqual([]);
  });
});

describe('the boot probe', () => {
  test('finds everything as it must be on this engine', async () => {
    const checks = await sandboxes.provider.probe(executorImage());
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual(
      expect.arrayContaining([
        'sandbox',
        'network',
        'read_only_root',
        'uid',
        'CapEff',
        'no_new_privs',
        'seccomp',
        'memory_limit',
        'process_limit',
        'cpu_limit',
      ]),
    );
    await sandboxes.expectNothingLeft();
  });

  test('says that an image is missing', async () => {
    const checks = await sandboxes.provider.probe('gantry-no-such-image:none');
    expect(checks).toMatchObject([
      { name: 'sandbox', ok: false, message: expect.stringContaining('does not have this image') },
    ]);
  });
});

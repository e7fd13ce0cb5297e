import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { programStage, RealSandboxes, runIn } from '../support/real-sandboxes.js';

const sandboxes = new RealSandboxes();
const MIB = 1024 * 1024;

/** Of a JSON line that `surroundings.py` prints. */
interface Surroundings {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  umask: string;
  fds: number[];
  ids: [number, number, number, number, number[]];
  session: boolean;
  blocked: number[];
  files: Record<string, [mode: string, owned: boolean, hex: string]>;
}

describe('a program in a sandbox', () => {
  test.each(['streams.py', 'streams.js', 'streams.sh'])(
    '%s has its stdout and stderr apart and exact',
    async (program) => {
      const { report, stdout, stderr, gaps } = await sandboxes.run(program);
      expect(report).toMatchObject({ exitCode: 0, signal: null, startError: null, cause: 'self' });
      const raw = Buffer.concat([
        Buffer.from('out häl\u{1F600}o\n'),
        Buffer.from([0, 255]),
        Buffer.from(' raw, no newline at the end'),
      ]);
      expect(stdout.equals(raw)).toBe(true);
      expect(stderr.toString()).toBe('err ün\n');
      expect(gaps).toEqual([]);
    },
  );

  test('is measured', async () => {
    const { report } = await sandboxes.run('streams.py');
    expect(report.wallMs).toBeGreaterThan(1);
    expect(report.cpuMs).toBeGreaterThan(1);
    expect(report.cpuMs).toBeLessThan(2000);
    expect(report.peakMemoryBytes).toBeGreaterThan(MIB);
    expect(report).toMatchObject({ oomKills: 0, refusedForks: 0, diskFull: false });
  });

  test.each([0, 1, 2, 7, 126, 127, 128, 137, 255])('ends with its exit code %d', async (code) => {
    const { report } = await sandboxes.run('end.py', { args: ['exit', String(code)] });
    expect(report).toMatchObject({ exitCode: code, signal: null, cause: 'self' });
  });

  test.each([
    [6, 'SIGABRT'],
    [9, 'SIGKILL'],
    [11, 'SIGSEGV'],
    [15, 'SIGTERM'],
    [34, 'SIGRTMIN+0'],
  ])('ends by its signal %d, named %s', async (number, name) => {
    const { report } = await sandboxes.run('end.py', { args: ['signal', String(number)] });
    expect(report).toMatchObject({ exitCode: null, signal: name, cause: 'self', oomKills: 0 });
  });

  test('finds what the stage says, and nothing else', async () => {
    const stage = await programStage('surroundings.py', { args: ['a b', 'ü', ''] });
    await using sandbox = await sandboxes.acquire();
    const env = { ...stage.env, EMPTY: '', TEXT: 'line\nline=ü' };
    const files = [
      ...stage.files,
      { path: '/workspace/deep/er/tool', content: Buffer.from([0, 1, 255]), mode: 0o755 },
      { path: '/workspace/empty', content: new Uint8Array(), mode: 0o600 },
      { path: '/tmp/elsewhere', content: Buffer.from('x'), mode: 0o644 },
    ];
    const { stdout } = await runIn(sandbox, { ...stage, env, files, cwd: '/workspace/deep' });
    const found = JSON.parse(stdout.toString()) as Surroundings;
    expect(found).toMatchObject({
      argv: ['/workspace/surroundings.py', 'a b', 'ü', ''],
      env,
      cwd: '/workspace/deep',
      umask: '0o22',
      fds: [0, 1, 2],
      session: true,
      blocked: [],
    });
    expect(Object.keys(found.env).filter((name) => !(name in env) && name !== 'LC_CTYPE')).toEqual([]);
    expect(found.files['/workspace/deep/er/tool']).toEqual(['0o755', true, '0001ff']);
    expect(found.files['/workspace/empty']).toEqual(['0o600', true, '']);
    const [uid, ...others] = found.ids;
    expect(uid).toBeGreaterThanOrEqual(2 ** 20);
    expect(others).toEqual([uid, uid, uid, []]);
  });

  test('gets a file of several megabytes whole', async () => {
    const content = randomBytes(5 * MIB + 17);
    const stage = await programStage('streams.py');
    await using sandbox = await sandboxes.acquire();
    const files = [{ path: '/workspace/big', content, mode: 0o644 }];
    const { stdout } = await runIn(sandbox, { ...stage, argv: ['sha256sum', '/workspace/big'], files });
    expect(stdout.toString()).toContain(createHash('sha256').update(content).digest('hex'));
  });

  test.each([0, 1, 1000, MIB, 5 * MIB + 3])('reads %d bytes of stdin, then its end', async (size) => {
    const stdin = randomBytes(size);
    const { stdout, report } = await sandboxes.run('digest-stdin.py', { stage: { stdin } });
    expect(report.exitCode).toBe(0);
    expect(stdout.toString()).toBe(`${size} ${createHash('sha256').update(stdin).digest('hex')}\n`);
  });

  test('may leave its stdin unread and its output closed', async () => {
    const { report, stdout } = await sandboxes.run('exit-early.py', { stage: { stdin: randomBytes(4 * MIB) } });
    expect(report).toMatchObject({ exitCode: 5, cause: 'self' });
    expect(stdout.length).toBe(0);
  });

  test('keeps the order of many small writes', async () => {
    const text = 'äöü €uro \u{1F600} and so on';
    const { stdout } = await sandboxes.run('spread-writes.py', { args: [text] });
    expect(stdout.toString()).toBe(text);
  });

  test('that does not exist is a start error, not a failure of the service', async () => {
    const { report } = await sandboxes.run('streams.py', { stage: { argv: ['/no/such/program'] } });
    expect(report).toMatchObject({ exitCode: null, signal: null, startError: 'ENOENT', cause: 'self' });
  });

  test('that may not be executed is a start error too', async () => {
    const { report } = await sandboxes.run('streams.py', { stage: { argv: ['/workspace/streams.py'] } });
    expect(report.startError).toBe('EACCES');
  });

  test('leaves no process behind when it ends', async () => {
    const { report, stdout, elapsedMs } = await sandboxes.run('leave-daemon.py');
    expect(report).toMatchObject({ exitCode: 0, cause: 'self' });
    expect(stdout.toString()).toBe('parent done\n');
    expect(elapsedMs).toBeLessThan(2000);
  });
});

describe('two stages in one sandbox', () => {
  test('share files and nothing else', async () => {
    await using sandbox = await sandboxes.acquire();
    const first = await runIn(sandbox, await programStage('leave-traces.py'));
    expect(first.report.exitCode).toBe(0);
    const look = { ...(await programStage('leave-traces.py', { args: ['look'] })), files: [] };
    const second = await runIn(sandbox, look);
    expect(second.stdout.toString()).toBe('built []\n');
  });

  test('run a program that the first one made', async () => {
    await using sandbox = await sandboxes.acquire();
    const source = '#!/bin/sh\necho "made to run with $1"\n';
    const compile = {
      ...(await programStage('streams.sh')),
      argv: ['bash', '-c', 'cp /workspace/source /tmp/program && chmod +x /tmp/program'],
      files: [{ path: '/workspace/source', content: Buffer.from(source), mode: 0o644 }],
    };
    expect((await runIn(sandbox, compile)).report.exitCode).toBe(0);
    const run = { ...compile, argv: ['/tmp/program', 'one argument'], files: [] };
    expect((await runIn(sandbox, run)).stdout.toString()).toBe('made to run with one argument\n');
  });

  test('compile and run C#', async () => {
    const limits = { memoryBytes: 512 * MIB, diskBytes: 128 * MIB };
    await using sandbox = await sandboxes.acquire(limits);
    const source = await readFile(new URL('../../libs/runtimes/csharp/hello.cs', import.meta.url));
    const stage = await programStage('streams.sh', { limits });
    const compile = {
      ...stage,
      argv: ['/opt/gantry/bin/csharp-compile', '/tmp/build', '/workspace/Program.cs'],
      files: [
        { path: '/workspace/Program.cs', content: source, mode: 0o644 },
        { path: '/tmp/build/.keep', content: new Uint8Array(), mode: 0o644 },
      ],
    };
    const compiled = await runIn(sandbox, compile);
    expect([compiled.report.exitCode, compiled.stderr.toString()]).toEqual([0, '']);
    const run = { ...stage, argv: ['/opt/gantry/bin/csharp-run', '/tmp/build'], files: [] };
    const expected = await readFile(new URL('../../libs/runtimes/csharp/expected.txt', import.meta.url), 'utf8');
    expect((await runIn(sandbox, run)).stdout.toString()).toBe(expected);
  });

  test('count usage apart', async () => {
    await using sandbox = await sandboxes.acquire();
    const busy = {
      ...(await programStage('streams.py')),
      argv: ['python3', '-c', 'sum(range(20_000_000))'],
      files: [],
    };
    const first = await runIn(sandbox, busy);
    const second = await runIn(sandbox, { ...busy, argv: ['true'] });
    expect(first.report.cpuMs).toBeGreaterThan(100);
    expect(second.report.cpuMs).toBeLessThan(100);
  });
});

describe('what is known of a sandbox', () => {
  test('is its image and its limits as the engine applies them', async () => {
    const { info } = await sandboxes.run('streams.sh', { limits: { cpuCores: 0.7, maxProcesses: 33 } });
    expect(info.kind).toBe('cold');
    expect(info.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(info.limits).toMatchObject({ cpuCores: 0.7, maxProcesses: 33, memoryBytes: 256 * MIB, diskBytes: 64 * MIB });
  });

  test('is on the labels of its container', async () => {
    await using _sandbox = await sandboxes.acquire();
    const [container] = await sandboxes.containers();
    expect(container?.Labels).toMatchObject({
      'gantry.deployment': sandboxes.deployment,
      'gantry.worker': 'worker-1',
      'gantry.execution': 'execution-1',
      'gantry.attempt': '1',
    });
    expect(Date.now() - Date.parse(container?.Labels['gantry.created'] ?? '')).toBeLessThan(60_000);
  });
});

import { describe, expect, test } from '@jest/globals';
import { LIMITS, type Outcome, programStage, RealSandboxes, runIn } from '../support/real-sandboxes.js';

const sandboxes = new RealSandboxes();
const KIB = 1024;
const MIB = 1024 * KIB;

/** The lines that `print-lines.py` prints: ten bytes each. */
function lines(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes / 10 }, (_, at) => `${String(at).padStart(9, '0')}\n`).join(''));
}

/** Ended by us, not much later than the limit: it takes a moment where other suites keep the processors busy. */
function expectCut({ report, elapsedMs }: Outcome, limitMs: number): void {
  expect(report.exitCode).toBeNull();
  expect(elapsedMs).toBeGreaterThanOrEqual(limitMs);
  expect(elapsedMs).toBeLessThan(limitMs + 2000);
}

describe('the wall limit', () => {
  test.each([
    ['sleeps', []],
    ['ignores signals', ['deaf']],
    ['has stopped itself', ['deaf', 'stop']],
  ])('ends a program that %s', async (_, args) => {
    const outcome = await sandboxes.run('sleep.py', { args, stage: { wallMs: 700 } });
    expectCut(outcome, 700);
    expect(outcome.report).toMatchObject({ cause: 'wall', signal: 'SIGKILL' });
    expect(outcome.stdout.toString()).toBe('begun\n');
  });

  test('ends processes that keep all processors busy', async () => {
    const outcome = await sandboxes.run('spin.py', {
      args: ['20'],
      stage: { wallMs: 1000 },
      limits: { cpuCores: 0.5 },
    });
    expectCut(outcome, 1000);
    expect(outcome.report.cause).toBe('wall');
  });

  test('ends a fork bomb, whose forks are refused and counted', async () => {
    const outcome = await sandboxes.run('fork-bomb.py', { stage: { wallMs: 2000 } });
    expectCut(outcome, 2000);
    expect(outcome.report.cause).toBe('wall');
    expect(outcome.report.refusedForks).toBeGreaterThan(0);
  });
});

describe('the processor time limit', () => {
  test.each(['1', '4'])('ends %s busy processes by what they use together', async (processes) => {
    const outcome = await sandboxes.run('spin.py', { args: [processes], stage: { cpuMs: 600 } });
    expect(outcome.report).toMatchObject({ cause: 'cpu', exitCode: null });
    expect(outcome.report.cpuMs).toBeGreaterThanOrEqual(600);
    expect(outcome.report.cpuMs).toBeLessThan(1600);
    expect(outcome.elapsedMs).toBeLessThan(LIMITS.timeoutMs / 2);
  });

  test('lets a program sleep', async () => {
    const outcome = await sandboxes.run('sleep.py', { stage: { cpuMs: 500, wallMs: 1200 } });
    expect(outcome.report.cause).toBe('wall');
  });

  test('of a share of a processor is kept', async () => {
    const { report } = await sandboxes.run('spin.py', {
      args: ['2'],
      stage: { wallMs: 2000 },
      limits: { cpuCores: 0.25 },
    });
    expect(report.cpuMs).toBeLessThan(1000);
  });
});

describe('the memory limit', () => {
  test('kills the program, with evidence', async () => {
    const { report } = await sandboxes.run('eat-memory.py', {
      args: ['self'],
      limits: { memoryBytes: 64 * MIB, diskBytes: 8 * MIB },
    });
    expect(report).toMatchObject({ exitCode: null, signal: 'SIGKILL', cause: 'self' });
    expect(report.oomKills).toBeGreaterThanOrEqual(1);
    expect(report.peakMemoryBytes).toBeGreaterThan(60 * MIB);
    expect(report.peakMemoryBytes).toBeLessThanOrEqual(64 * MIB);
  });

  test.each(['0', '3'])('kills only a child, and the parent ends with %s', async (code) => {
    const limits = { memoryBytes: 64 * MIB, diskBytes: 8 * MIB };
    const { report, stdout } = await sandboxes.run('eat-memory.py', { args: ['child', code], limits });
    expect(report).toMatchObject({ exitCode: Number(code), signal: null, cause: 'self', oomKills: 1 });
    expect(stdout.toString()).toBe('child killed by 9\n');
  });

  test('counts what is written to the disk', async () => {
    const limits = { memoryBytes: 48 * MIB, diskBytes: 48 * MIB };
    const { report } = await sandboxes.run('fill.py', { args: ['bytes', '/workspace'], limits });
    // Whichever strikes first: no space in the place, or no memory in the group.
    expect(report.diskFull || (report.oomKills ?? 0) > 0).toBe(true);
  });
});

describe('the process limit', () => {
  test('is exact', async () => {
    const { report, stdout } = await sandboxes.run('count-children.py', { limits: { maxProcesses: 20 } });
    expect(stdout.toString()).toBe('19 11\n');
    expect(report.refusedForks).toBeGreaterThanOrEqual(1);
  });
});

describe('the output limit', () => {
  const cap = 100 * KIB;
  const tail = cap / 4;

  test.each([1, 2])('keeps exactly the head and the tail of descriptor %d, and says what is missing', async (fd) => {
    const outcome = await sandboxes.run('print-lines.py', {
      args: ['1000000', String(fd)],
      stage: { maxOutputBytes: cap },
    });
    const [kept, other, stream] =
      fd === 1 ? [outcome.stdout, outcome.stderr, 'stdout'] : [outcome.stderr, outcome.stdout, 'stderr'];
    const all = lines(1_000_000);
    expect(outcome.report).toMatchObject({ exitCode: 0, cause: 'self', [`${stream}DroppedBytes`]: all.length - cap });
    expect(kept.length).toBe(cap);
    expect(kept.subarray(0, cap - tail).equals(all.subarray(0, cap - tail))).toBe(true);
    expect(kept.subarray(cap - tail).equals(all.subarray(all.length - tail))).toBe(true);
    expect(outcome.gaps).toEqual([{ stream, bytes: all.length - cap, at: cap - tail }]);
    expect(other.length).toBe(0);
  });

  test('leaves what just fits whole', async () => {
    const { stdout, gaps, report } = await sandboxes.run('print-lines.py', {
      args: ['100000', '1'],
      stage: { maxOutputBytes: 100_000 },
    });
    expect(stdout.equals(lines(100_000))).toBe(true);
    expect(gaps).toEqual([]);
    expect(report.stdoutDroppedBytes).toBe(0);
  });

  test('ends the program where that was asked for', async () => {
    const stage = { maxOutputBytes: cap, onOutputLimit: 'kill' as const };
    const { report, stdout, elapsedMs } = await sandboxes.run('print-lines.py', { args: ['2000000000', '1'], stage });
    expect(report).toMatchObject({ cause: 'output', exitCode: null });
    expect(stdout.length).toBeLessThanOrEqual(cap);
    expect(stdout.equals(lines(200_000).subarray(0, stdout.length))).toBe(true);
    expect(elapsedMs).toBeLessThan(5000);
  });

  test('bounds a flood on both streams', async () => {
    const stage = {
      argv: ['bash', '-c', 'head -c 50M /dev/zero & head -c 50M /dev/zero >&2; wait'],
      maxOutputBytes: MIB,
    };
    const { report, stdout, stderr } = await sandboxes.run('streams.sh', { stage });
    expect(report.exitCode).toBe(0);
    expect([stdout.length, stderr.length]).toEqual([MIB, MIB]);
    expect([report.stdoutDroppedBytes, report.stderrDroppedBytes]).toEqual([49 * MIB, 49 * MIB]);
  });
});

describe('the disk limit', () => {
  test.each(['/workspace', '/tmp', '/dev/shm'])('stops a file in %s, and says so', async (place) => {
    const limits = { diskBytes: 16 * MIB };
    const { report, stdout } = await sandboxes.run('fill.py', { args: ['bytes', place], limits });
    const [written, error] = stdout.toString().trim().split(' ').map(Number);
    expect(error).toBe(28);
    expect(written).toBeGreaterThan(MIB);
    expect(written).toBeLessThan(16 * MIB);
    expect(report).toMatchObject({ exitCode: 1, diskFull: place !== '/dev/shm' });
  });

  test('is kept by all places together', async () => {
    const script =
      'for at in /workspace /tmp /dev/shm; do head -c 64M /dev/zero > $at/x; done; cat /workspace/x /tmp/x /dev/shm/x | wc -c';
    const { stdout } = await sandboxes.run('streams.sh', {
      stage: { argv: ['bash', '-c', script] },
      limits: { diskBytes: 16 * MIB },
    });
    expect(Number(stdout.toString())).toBeGreaterThan(15 * MIB);
    expect(Number(stdout.toString())).toBeLessThanOrEqual(16 * MIB);
  });

  test('stops floods of empty files', async () => {
    const { report, stdout } = await sandboxes.run('fill.py', {
      args: ['inodes', '/workspace'],
      limits: { diskBytes: 16 * MIB },
    });
    const [made, error] = stdout.toString().trim().split(' ').map(Number);
    expect(error).toBe(28);
    expect(made).toBeLessThanOrEqual((16 * MIB) / (4 * KIB));
    expect(report.diskFull).toBe(true);
  });

  test('stops a file above the size of one file', async () => {
    const { report } = await sandboxes.run('fill.py', { args: ['bytes', '/workspace'], limits: { maxFileBytes: MIB } });
    // Python ignores SIGXFSZ and gets EFBIG instead.
    expect(report.exitCode).toBe(1);
    const shell = { argv: ['head', '-c', '2M', '/dev/zero'], maxOutputBytes: 1 };
    const { report: plain } = await sandboxes.run('streams.sh', {
      stage: { ...shell, argv: ['bash', '-c', 'exec head -c 2M /dev/zero > big'] },
      limits: { maxFileBytes: MIB },
    });
    expect(plain.signal).toBe('SIGXFSZ');
  });

  test('refuses files of the stage that do not fit, as a result', async () => {
    const stage = await programStage('streams.py');
    await using sandbox = await sandboxes.acquire({ diskBytes: 4 * MIB });
    const files = [{ path: '/workspace/big', content: Buffer.alloc(8 * MIB), mode: 0o644 }];
    const { report } = await runIn(sandbox, { ...stage, files });
    expect(report).toMatchObject({ startError: 'ENOSPC', diskFull: true, exitCode: null, signal: null, cause: 'self' });
  });
});

describe('the other limits', () => {
  test('bound open files', async () => {
    const { stdout } = await sandboxes.run('open-files.py', { limits: { maxOpenFiles: 50 } });
    expect(stdout.toString()).toBe('50 24\n');
  });

  test('allow no core dump', async () => {
    const script = 'ulimit -c; ulimit -l; kill -SEGV $$';
    const { report, stdout } = await sandboxes.run('streams.sh', { stage: { argv: ['bash', '-c', script] } });
    expect(stdout.toString()).toBe('0\n64\n');
    expect(report.signal).toBe('SIGSEGV');
  });
});

describe('a limit that this engine cannot keep is refused', () => {
  test.each([
    ['a network where none is configured', { networkEnabled: true }],
    ['more processors than there are', { cpuCores: 100_000 }],
    ['less memory than any container needs', { memoryBytes: MIB, diskBytes: MIB }],
    ['more open files than the engine itself may have', { maxOpenFiles: 2_000_000_000 }],
  ])('%s', async (_, limits) => {
    await expect(sandboxes.acquire({ ...LIMITS, ...limits })).rejects.toMatchObject({ code: 'limit_unenforceable' });
    await sandboxes.expectNothingLeft();
  });
});

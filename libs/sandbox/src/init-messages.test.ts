import { describe, expect, test } from '@jest/globals';
import { encodeAttributes } from './attributes.js';
import { parseCredit, parseExit, parseGap, parsePreloaded, parseReady } from './init-messages.js';
import { checkReady } from './ready-check.js';

const exit = (...attributes: [number, number][]): Buffer => encodeAttributes(attributes);
const violation = expect.objectContaining({ code: 'protocol_violation' });

describe('parseExit', () => {
  test('reads an exit with all its evidence', () => {
    const counters = Array.from({ length: 12 }, (_, at): [number, number] => [at + 6, (at + 6) * 1000]);
    expect(parseExit(exit([1, 0], [2, 7], [5, 0], ...counters.slice(0, 11), [17, 1]))).toEqual({
      exitCode: 7,
      signal: null,
      startError: null,
      cause: 'self',
      wallMs: 6,
      cpuMs: 7,
      peakMemoryBytes: 8000,
      peakProcesses: 9000,
      oomKills: 10_000,
      refusedForks: 11_000,
      diskFull: true,
      stdoutDroppedBytes: 15_000,
      stderrDroppedBytes: 16_000,
    });
  });

  test('takes a counter that is missing for unknown, not for 0', () => {
    const report = parseExit(exit([1, 0], [2, 0], [5, 0], [6, 1]));
    expect(report).toMatchObject({ cpuMs: null, peakMemoryBytes: null, oomKills: null, refusedForks: null });
  });

  test.each([
    [6, 'SIGABRT'],
    [9, 'SIGKILL'],
    [11, 'SIGSEGV'],
    [29, 'SIGIO'],
    [36, 'SIGRTMIN+2'],
    [64, 'SIGRTMIN+30'],
  ])('names signal %d %s', (number, name) => {
    expect(parseExit(exit([1, 1], [3, number], [5, 3], [6, 1]))).toMatchObject({
      exitCode: null,
      signal: name,
      cause: 'output',
    });
  });

  test('names the error of a program that could not be started', () => {
    expect(parseExit(exit([1, 2], [4, 2], [5, 0], [6, 1]))).toMatchObject({
      exitCode: null,
      signal: null,
      startError: 'ENOENT',
    });
  });

  test.each([
    ['no kind', exit([2, 0], [5, 0], [6, 1])],
    ['no code', exit([1, 0], [5, 0], [6, 1])],
    ['no wall time', exit([1, 0], [2, 0], [5, 0])],
    ['an unknown kind', exit([1, 3], [5, 0], [6, 1])],
    ['an unknown cause', exit([1, 0], [2, 0], [5, 5], [6, 1])],
    ['exit code 256', exit([1, 0], [2, 256], [5, 0], [6, 1])],
    ['signal 65', exit([1, 1], [3, 65], [5, 0], [6, 1])],
  ])('refuses %s', (_, payload) => {
    expect(() => parseExit(payload)).toThrow(violation);
  });
});

describe('the smaller messages', () => {
  test('a gap is in stdout or stderr', () => {
    expect(parseGap(exit([1, 2], [2, 99]))).toEqual({ stream: 'stderr', bytes: 99 });
    expect(() => parseGap(exit([1, 3], [2, 99]))).toThrow(violation);
  });

  test('the interpreter that waits is named, or there is none', () => {
    expect(parsePreloaded(encodeAttributes([[1, 'python']]))).toBe('python');
    expect(parsePreloaded(encodeAttributes([[1, '']]))).toBeNull();
    expect(() => parsePreloaded(encodeAttributes([[2, 'python']]))).toThrow(violation);
  });

  test('a credit says how much', () => {
    expect(parseCredit(exit([1, 5]))).toBe(5);
    expect(() => parseCredit(exit())).toThrow(violation);
  });
});

describe('checkReady', () => {
  const ready = (changes: Record<number, number> = {}) =>
    parseReady(
      exit(
        ...Object.entries({ 1: 1, 2: 1, 3: 0xe0, 4: 65_532, 5: 1, 6: 2, ...changes }).map(
          ([tag, value]): [number, number] => [Number(tag), value],
        ),
      ),
    );

  test('takes an init that is confined as it must be', () => {
    expect(() => checkReady(ready())).not.toThrow();
  });

  test.each([
    [{ 1: 2 }, 'protocol version is 2 instead of 1'],
    [{ 3: 0x1e0 }, 'effective capabilities is 480 instead of 224'],
    [{ 4: 0 }, 'uid is 0 instead of 65532'],
    [{ 5: 0 }, 'no_new_privs is 0 instead of 1'],
    [{ 6: 0 }, 'seccomp mode is 0 instead of 2'],
  ])('names what is wrong with %j', (changes, words) => {
    expect(() => checkReady(ready(changes as unknown as Record<number, number>))).toThrow(words);
  });

  test('does not take silence for consent', () => {
    expect(() => checkReady(parseReady(Buffer.alloc(0)))).toThrow('seccomp mode is unknown instead of 2');
  });
});

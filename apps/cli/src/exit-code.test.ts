import { expect, test } from '@jest/globals';
import { constants } from 'node:os';
import { exitCodeOf, signalNumber } from './exit-code.js';

test.each([
  ['completed', 'exit_code', 0, null, 0],
  ['failed', 'exit_code', 3, null, 3],
  ['failed', 'exit_code', 255, null, 255],
  ['failed', 'exit_code', 256, null, 1],
  ['failed', 'exit_code', null, null, 1],
  ['failed', 'signal', null, 'SIGSEGV', 139],
  ['failed', 'signal', null, 'SIGKILL', 137],
  ['failed', 'signal', null, 'SIGRTMIN+2', 164],
  ['failed', 'signal', null, 'SIGNONSENSE', 1],
  ['failed', 'memory_limit', null, 'SIGKILL', 1],
  ['failed', 'compile_error', 2, null, 1],
  ['failed', 'worker_lost', null, null, 1],
  ['timeout', 'wall_time_limit', null, 'SIGKILL', 124],
  ['timeout', 'cpu_time_limit', null, 'SIGXCPU', 124],
  ['cancelled', 'cancelled', null, null, 130],
] as const)('%s by %s (code %j, signal %j) exits with %j', (...[status, reason, exit_code, signal, code]) => {
  expect(exitCodeOf({ status, reason, exit_code, signal })).toBe(code);
});

test('signals have the numbers that Linux gives them', () => {
  // The tests run on Linux, so the system's own table is the reference; names with a twin are known by the other name.
  const twins = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED']);
  const names = Object.entries(constants.signals).filter(([name]) => !twins.has(name));
  expect(names.length).toBeGreaterThan(28);
  for (const [name, number] of names) expect([name, signalNumber(name)]).toEqual([name, number]);
});

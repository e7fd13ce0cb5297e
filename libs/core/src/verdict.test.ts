import { describe, expect, test } from '@jest/globals';
import { CLEAN_REPORT } from './fakes/index.js';
import type { StageReport } from './ports/index.js';
import { classifyExit, type VerdictContext } from './verdict.js';

const context: VerdictContext = {
  stage: 'run',
  cancelled: false,
  timeoutMs: 2000,
  memoryBytes: 64,
  cpuMs: 1000,
  maxOutputBytes: 10,
  maxProcesses: 5,
};
const failed = { exitCode: 1 };
const killed = { exitCode: null, signal: 'SIGKILL' };

type Row = [string, Partial<StageReport>, Partial<VerdictContext>, string, string];
const rows: Row[] = [
  ['exit 0', {}, {}, 'completed', 'exit_code'],
  ['exit 3', { exitCode: 3 }, {}, 'failed', 'exit_code'],
  ['a signal', { exitCode: null, signal: 'SIGSEGV' }, {}, 'failed', 'signal'],
  ['SIGKILL by itself', killed, {}, 'failed', 'signal'],
  ['SIGKILL by the OOM killer', { ...killed, oomKills: 1 }, {}, 'failed', 'memory_limit'],
  ['exit 1 after a child was OOM-killed', { ...failed, oomKills: 1 }, {}, 'failed', 'memory_limit'],
  ['exit 0 with an OOM-killed child', { oomKills: 1 }, {}, 'completed', 'exit_code'],
  ['wall time', { ...killed, cause: 'wall' }, {}, 'timeout', 'wall_time_limit'],
  ['wall time while memory thrashes', { ...killed, cause: 'wall', oomKills: 3 }, {}, 'timeout', 'wall_time_limit'],
  ['cpu time', { ...killed, cause: 'cpu' }, {}, 'timeout', 'cpu_time_limit'],
  ['cpu time by the kernel', { exitCode: null, signal: 'SIGXCPU' }, {}, 'timeout', 'cpu_time_limit'],
  ['output', { ...killed, cause: 'output' }, {}, 'failed', 'output_limit'],
  ['refused forks', { ...failed, refusedForks: 7 }, {}, 'failed', 'process_limit'],
  ['refused forks that the program lives with', { refusedForks: 7 }, {}, 'completed', 'exit_code'],
  ['a full disk', { ...failed, diskFull: true }, {}, 'failed', 'disk_limit'],
  ['too large a file', { exitCode: null, signal: 'SIGXFSZ' }, {}, 'failed', 'disk_limit'],
  ['memory before processes', { ...failed, oomKills: 1, refusedForks: 1 }, {}, 'failed', 'memory_limit'],
  ['cancelled', { ...killed, cause: 'killed' }, { cancelled: true }, 'cancelled', 'cancelled'],
  ['killed by a stopping worker', { ...killed, cause: 'killed' }, {}, 'failed', 'worker_lost'],
  ['cancelled just after its own end', {}, { cancelled: true }, 'completed', 'exit_code'],
  ['a compiler that fails', failed, { stage: 'compile' }, 'failed', 'compile_error'],
  ['a compiler out of memory', { ...failed, oomKills: 1 }, { stage: 'compile' }, 'failed', 'memory_limit'],
  ['a compiler out of processes', { ...failed, refusedForks: 2 }, { stage: 'compile' }, 'failed', 'process_limit'],
  ['a compiler out of space', { ...failed, diskFull: true }, { stage: 'compile' }, 'failed', 'disk_limit'],
  ['a compiler that crashes', { exitCode: null, signal: 'SIGSEGV' }, { stage: 'compile' }, 'failed', 'compile_error'],
  [
    'a compiler that is not there',
    { exitCode: null, startError: 'ENOENT' },
    { stage: 'compile' },
    'failed',
    'internal_error',
  ],
  ['a compiler out of time', { ...killed, cause: 'wall' }, { stage: 'compile' }, 'timeout', 'wall_time_limit'],
  ['files that do not fit', { exitCode: null, startError: 'ENOSPC', diskFull: true }, {}, 'failed', 'disk_limit'],
  ['no such interpreter', { exitCode: null, startError: 'ENOENT' }, {}, 'failed', 'internal_error'],
  ['counters that cannot be read', { ...failed, oomKills: null, refusedForks: null }, {}, 'failed', 'exit_code'],
];

describe('classifyExit', () => {
  test.each(rows)('%s', (_name, report, given, status, reason) => {
    const verdict = classifyExit({ ...CLEAN_REPORT, ...report }, { ...context, ...given });
    expect([verdict.status, verdict.reason]).toEqual([status, reason]);
    expect(verdict.message === null).toBe(status === 'completed');
  });

  test("says which stage's time was up", () => {
    const wall = { ...CLEAN_REPORT, ...killed, cause: 'wall' as const };
    const cpu = { ...CLEAN_REPORT, ...killed, cause: 'cpu' as const };
    expect(classifyExit(wall, context).message).toBe('Ran longer than 2 s');
    expect(classifyExit(wall, { ...context, stage: 'compile' }).message).toBe('Compiling took longer than 2 s');
    expect(classifyExit(cpu, context).message).toBe('Used more than 1 s of processor time');
    expect(classifyExit(cpu, { ...context, stage: 'compile' }).message).toMatch(/^Compiling used more than 1 s/);
  });
});

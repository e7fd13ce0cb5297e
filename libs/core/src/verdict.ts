import type { Reason, TerminalStatus } from '@gantry/contracts';
import type { StageReport } from './ports/index.js';

export interface Verdict {
  status: TerminalStatus;
  reason: Reason;
  /** For people; null when it completed. */
  message: string | null;
}

export interface VerdictContext {
  stage: 'compile' | 'run';
  /** The user asked for the end. */
  cancelled: boolean;
  timeoutMs: number;
  memoryBytes: number;
  cpuMs: number | null;
  maxOutputBytes: number;
  maxProcesses: number;
}

/**
 * Status and reason from the facts of a stage. The order of the questions is the rule:
 * 1. What we did to it (cancel, wall, cpu, output) comes before what it did.
 * 2. A stage that exits 0 has completed, whatever happened to its children; the evidence stays in the usage.
 * 3. A failing stage is blamed on the limit that left evidence: memory, then processes, then disk; else on its own exit code or signal.
 * So exit 0 with a child killed for memory is `completed`; a timeout while memory thrashes is `wall_time_limit`;
 * a program that kills itself with SIGKILL, without an OOM kill counted, is `signal`.
 */
export function classifyExit(report: StageReport, context: VerdictContext): Verdict {
  const struck = limitStruck(report, context);
  if (struck) return struck;
  if (report.exitCode === 0) return { status: 'completed', reason: 'exit_code', message: null };
  if (context.stage === 'compile' && report.startError === null && !leftEvidence(report)) {
    return {
      status: 'failed',
      reason: 'compile_error',
      message: 'The program does not compile; see stderr and stdout',
    };
  }
  return ownEnd(report, context);
}

/** Whether a limit is to blame for a failure: one that a compiler ran into says nothing about the program. */
function leftEvidence({ oomKills, refusedForks, diskFull, signal }: StageReport): boolean {
  return (oomKills ?? 0) > 0 || (refusedForks ?? 0) > 0 || diskFull || signal === 'SIGXFSZ' || signal === 'SIGXCPU';
}

function limitStruck(report: StageReport, context: VerdictContext): Verdict | null {
  switch (report.cause) {
    case 'self':
      return null;
    case 'killed':
      return context.cancelled
        ? { status: 'cancelled', reason: 'cancelled', message: 'Cancelled while it was running' }
        : { status: 'failed', reason: 'worker_lost', message: 'The worker had to stop before the program ended' };
    case 'wall': {
      const what = context.stage === 'compile' ? 'Compiling took' : 'Ran';
      return {
        status: 'timeout',
        reason: 'wall_time_limit',
        message: `${what} longer than ${context.timeoutMs / 1000} s`,
      };
    }
    case 'cpu':
      return {
        status: 'timeout',
        reason: 'cpu_time_limit',
        message: `${context.stage === 'compile' ? 'Compiling used' : 'Used'} more than ${(context.cpuMs ?? 0) / 1000} s of processor time`,
      };
    case 'output':
      return { status: 'failed', reason: 'output_limit', message: `Wrote more than ${context.maxOutputBytes} bytes` };
  }
}

function ownEnd(report: StageReport, context: VerdictContext): Verdict {
  if (report.startError === 'ENOSPC') {
    return { status: 'failed', reason: 'disk_limit', message: 'There is not enough space for its files' };
  }
  if (report.startError !== null) {
    return {
      status: 'failed',
      reason: 'internal_error',
      message: `The program could not be started (${report.startError})`,
    };
  }
  if ((report.oomKills ?? 0) > 0) {
    return {
      status: 'failed',
      reason: 'memory_limit',
      message: `Needed more than ${context.memoryBytes} bytes of memory`,
    };
  }
  if ((report.refusedForks ?? 0) > 0) {
    return {
      status: 'failed',
      reason: 'process_limit',
      message: `Needed more than ${context.maxProcesses} processes or threads`,
    };
  }
  if (report.diskFull)
    return { status: 'failed', reason: 'disk_limit', message: 'Filled all the space it may write to' };
  if (report.signal === 'SIGXFSZ')
    return { status: 'failed', reason: 'disk_limit', message: 'Wrote a file larger than allowed' };
  if (report.signal === 'SIGXCPU')
    return { status: 'timeout', reason: 'cpu_time_limit', message: 'Used too much processor time' };
  if (report.signal !== null) return { status: 'failed', reason: 'signal', message: `Killed by ${report.signal}` };
  return { status: 'failed', reason: 'exit_code', message: `Exited with code ${report.exitCode}` };
}

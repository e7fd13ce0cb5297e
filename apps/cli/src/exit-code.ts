import type { ExecutionView, Status } from '@gantry/contracts';

export const EXIT = { failure: 1, usage: 2, timeout: 124, interrupted: 130, pipeClosed: 141 } as const;

/** Signals by their number on Linux, where programs run, whatever the machine of the command line. */
const LINUX_SIGNALS = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM ' +
  'PROF WINCH IO PWR SYS'
).split(' ');
const FIRST_REALTIME = 34;

/** 11 for `SIGSEGV`, 36 for `SIGRTMIN+2`, `null` for what is no signal. */
export function signalNumber(name: string): number | null {
  const realtime = /^SIGRTMIN\+(\d{1,2})$/.exec(name);
  if (realtime) return FIRST_REALTIME + Number(realtime[1]);
  const index = LINUX_SIGNALS.indexOf(name.replace(/^SIG/, ''));
  return index === -1 ? null : index + 1;
}

/** What a shell would say had the program run locally; 1 when the program's own end is not the reason. */
export function exitCodeOf(view: Pick<ExecutionView, 'status' | 'reason' | 'exit_code' | 'signal'>): number {
  switch (view.status) {
    case 'completed':
      return (view.exit_code ?? 0) & 255;
    case 'timeout':
      return EXIT.timeout;
    case 'cancelled':
      return EXIT.interrupted;
    default:
      return ownFailure(view);
  }
}

/** Of a build, in the same words. */
export function buildExitCode(status: Status): number {
  if (status === 'completed') return 0;
  if (status === 'timeout') return EXIT.timeout;
  return status === 'cancelled' ? EXIT.interrupted : EXIT.failure;
}

function ownFailure(view: Pick<ExecutionView, 'reason' | 'exit_code' | 'signal'>): number {
  if (view.reason === 'exit_code') return (view.exit_code ?? 0) & 255 || EXIT.failure;
  const signal = view.reason === 'signal' && view.signal !== null ? signalNumber(view.signal) : null;
  return signal === null ? EXIT.failure : 128 + signal;
}

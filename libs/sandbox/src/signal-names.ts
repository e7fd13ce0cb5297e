import { constants } from 'node:os';

/** Where one number has two names, the one that `kill -l` prints. */
const PREFERRED = new Set(['SIGABRT', 'SIGIO', 'SIGCHLD']);
const FIRST_REALTIME = 34;

const NAMES = new Map<number, string>();
for (const [name, value] of Object.entries(constants.signals)) {
  if (!NAMES.has(value) || PREFERRED.has(name)) NAMES.set(value, name);
}

/** `SIGKILL` for 9. Real-time signals have no names of their own: `SIGRTMIN+2`, as glibc counts them. */
export function signalName(signal: number): string {
  const name = NAMES.get(signal);
  if (name !== undefined) return name;
  return signal >= FIRST_REALTIME ? `SIGRTMIN+${signal - FIRST_REALTIME}` : `SIG${signal}`;
}

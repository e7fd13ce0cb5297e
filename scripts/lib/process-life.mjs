import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from './command.mjs';

/** What tells a process from a later one with the same pid: its start time. `null` when there is none. */
export function processIdentity(pid) {
  try {
    // The second field is the command in parentheses and may hold anything; the start time is the 20th after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : `${pid}-${fields[19]}`;
  } catch {
    return isAlive(pid) && process.platform !== 'linux' ? `${pid}-0` : null;
  }
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The command and arguments of a child that gets SIGTERM when we are killed and can't stop it ourselves any more. */
export function endingWithUs(command, args) {
  const setpriv = findProgram('setpriv');
  return process.platform === 'linux' && setpriv
    ? [setpriv, ['--pdeathsig', 'TERM', command, ...args]]
    : [command, args];
}

/** Resolves to `true` as soon as `check` holds, to `false` at the deadline. */
export async function eventually(check, timeoutMs, everyMs = 50) {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await check()) return true;
    await delay(everyMs);
  }
  return Boolean(await check());
}

/** SIGTERM, then SIGKILL at the deadline, to a child of ours; resolves when it is gone. */
export async function stopChild(child, timeoutMs) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await gone;
  clearTimeout(timer);
}

/** The same for a process that another run has started, known by its identity. */
export async function stopProcess(pid, timeoutMs) {
  const identity = processIdentity(pid);
  const gone = () => processIdentity(pid) !== identity;
  if (identity === null) return;
  process.kill(pid, 'SIGTERM');
  if (await eventually(gone, timeoutMs)) return;
  process.kill(pid, 'SIGKILL');
  await eventually(gone, 5000);
}

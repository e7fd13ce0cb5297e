import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const KEPT_CHARACTERS = 64 * 1024;

/** A program that could not be started or did not end with 0. `tail` is the end of what it wrote. */
export class CommandError extends Error {
  constructor(command, args, outcome, tail) {
    super(`${[command, ...args].join(' ')}: ${outcome}`);
    this.name = 'CommandError';
    this.tail = tail;
  }
}

/**
 * Runs a program to its end and resolves to what it wrote to standard output (its last 64 KiB). Everything it writes also goes
 * to `log`, line by line to `onLine`. Rejects with a CommandError unless it ends with 0. `signal` ends it with
 * SIGTERM, and then the rejection is an AbortError; with `group` what it has started gets that, too.
 */
export function run(command, args, options = {}) {
  const { cwd, env, input, log, onLine, signal, timeoutMs, group = false } = options;
  return new Promise((resolve, reject) => {
    const spawned = { cwd, env, signal, timeout: timeoutMs, detached: group, stdio: ['pipe', 'pipe', 'pipe'] };
    const child = spawn(command, args, spawned);
    const endGroup = () => child.pid !== undefined && killGroup(child.pid);
    if (group) signal?.addEventListener('abort', endGroup, { once: true });
    let stdout = '';
    let all = '';
    let line = '';
    const keep = (chunk) => {
      all = (all + chunk).slice(-KEPT_CHARACTERS);
      log?.write(chunk);
      if (!onLine) return;
      const lines = (line + chunk).split(/\r?\n|\r/);
      line = lines.pop();
      lines.forEach((text) => onLine(text));
    };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout = (stdout + chunk).slice(-KEPT_CHARACTERS);
      keep(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    // A program that ends without reading its input breaks the pipe; its exit code tells what matters.
    child.stdin.on('error', () => {});
    if (input && typeof input.pipe === 'function') input.pipe(child.stdin);
    else child.stdin.end(input);
    child.on('error', (cause) => {
      // An abort is told at once; what the program has made can only be cleaned up when it is gone, so that waits for `close`.
      if (child.pid === undefined)
        reject(signal?.aborted ? cause : new CommandError(command, args, cause.message, all));
    });
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', endGroup);
      if (code === 0) resolve(stdout.trim());
      else if (signal?.aborted) reject(new DOMException(`${command} was interrupted`, 'AbortError'));
      else reject(new CommandError(command, args, killedBy ? `ended by ${killedBy}` : `exit code ${code}`, all));
    });
  });
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // All of it has ended.
  }
}

/** The same, but a failure is `null`: for questions whose "no" is an ordinary answer. */
export async function tryRun(command, args, options = {}) {
  try {
    return await run(command, args, options);
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}

/** Where a program is found on PATH (and in the system directories that an ordinary user's PATH leaves out), or `null`. */
export function findProgram(name) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const directory of directories) {
    const path = join(directory || '.', name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  }
  return null;
}

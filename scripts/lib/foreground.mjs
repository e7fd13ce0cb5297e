import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/**
 * Runs a program that writes to our terminal and resolves to its exit code (128 + n when signal n ended it). It leads a group of its own,
 * so that an abort ends what it has started as well.
 */
export async function runInForeground(command, args, { cwd, env, signal }) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
  signal?.addEventListener('abort', end, { once: true });
  try {
    if (signal?.aborted) end();
    const [code, killedBy] = await once(child, 'exit');
    return code ?? 128 + constants.signals[killedBy];
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program on our own terminal and resolves to its exit code (128 + signal when one ended it). */
export async function runInForeground(command, args, { cwd, env, signal }) {
  const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  const end = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', end, { once: true });
  const [code, killedBy] = await once(child, 'exit');
  signal?.removeEventListener('abort', end);
  return killedBy === null ? code : 128;
}

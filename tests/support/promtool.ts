import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ROOT } from './process.js';
import { promtoolProgram } from './requirements.js';

/** What promtool says, both streams, and its exit code. */
export async function promtool(args: readonly string[], input = ''): Promise<{ code: number | null; said: string }> {
  const child = spawn(promtoolProgram(), args, { cwd: ROOT });
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, said: out + err };
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface NativeProgram extends AsyncDisposable {
  /** Spawns it once, to its end. */
  run: () => Promise<void>;
}

/** The interpreter itself, not a version manager's shim in front of it. */
const INTERPRETERS: Record<string, string> = {
  python: existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3',
  node: process.execPath,
  bash: 'bash',
};

/** A program as a plain child process of this one, with a clean environment. */
export async function nativeProgram(language: string, fileName: string, code: string): Promise<NativeProgram> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-bench-'));
  const file = path.join(directory, fileName);
  await writeFile(file, code);
  const command = INTERPRETERS[language] ?? language;
  return { run: () => spawned(command, [file]), [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** Runs a command, taking its output, and throws when it fails. */
export function spawned(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${command} exited with ${code}`))));
  });
}

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A directory for RUNTIMES_DIR with languages whose images take a script of the shell each to make. */
export async function runtimesDirectory(setups: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-runtimes-'));
  for (const [name, setup] of Object.entries(setups)) {
    const install = { setup: [['sh', '-c', setup]] };
    const runtime = { name, version: '1', file_name: `main.${name}`, install, run: ['cat', '{file}'] };
    await mkdir(path.join(directory, name));
    await writeFile(path.join(directory, name, 'runtime.json'), JSON.stringify(runtime));
  }
  return directory;
}

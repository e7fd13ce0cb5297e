import { join } from 'node:path';
import { run } from './command.mjs';
import { repository } from './machine.mjs';

/** `tsc -b` compiles what has changed and nothing else. */
export async function buildSources({ log, signal }) {
  try {
    await run(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-b'], {
      cwd: repository,
      log,
      signal,
    });
  } catch (error) {
    throw error.tail ? Object.assign(error, { message: 'tsc -b found errors' }) : error;
  }
  return { note: 'tsc -b' };
}

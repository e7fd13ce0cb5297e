import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/lib/command.mjs';
import { SetupProblem } from '../../scripts/lib/setup-problem.mjs';

// The npm that Node.js 22 comes with. Both are what the official image had when this was written.
const NODE_VERSION = '22.23.3';
const NPM_VERSION = '10.9.9';
const recipe = fileURLToPath(new URL('node', import.meta.url));

/** Fetches one npm package as its tarball, runs none of its scripts, and unpacks it to `directory`/`name`. */
async function unpack(specification, directory, name, options) {
  const parent = join(directory, `${name}.unpacked`);
  mkdirSync(parent);
  const file = await run('npm', ['pack', '--silent', '--pack-destination', directory, specification], {
    ...options,
    cwd: directory,
  });
  await run('tar', ['-C', parent, '-xzf', join(directory, file.split('\n').at(-1))], options);
  renameSync(join(parent, 'package'), join(directory, name));
}

/** Makes `reference` (node:22-bookworm-slim) on the Debian base, from the npm registry. */
export async function makeNodeImage(docker, reference, { log, say, signal }) {
  if (!['x64', 'arm64'].includes(process.arch))
    throw new SetupProblem(`npm has no Node.js binary for ${process.arch}.`);
  const directory = mkdtempSync(join(tmpdir(), 'gantry-node-'));
  const context = join(directory, 'context');
  try {
    say(`Node.js ${NODE_VERSION} from the npm registry`);
    await unpack(`node-linux-${process.arch}@${NODE_VERSION}`, directory, 'binary', { log, signal });
    await unpack(`npm@${NPM_VERSION}`, directory, 'npm', { log, signal });
    cpSync(recipe, context, { recursive: true });
    copyFileSync(join(directory, 'binary/bin/node'), join(context, 'node'));
    chmodSync(join(context, 'node'), 0o755);
    renameSync(join(directory, 'npm'), join(context, 'npm'));
    await docker.build(['--tag', reference, context]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

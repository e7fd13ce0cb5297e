import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { repository } from './machine.mjs';

const stamp = join(repository, 'node_modules/.gantry-lock');

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(repository, 'package-lock.json')))
    .digest('hex');
}

/** A tree that `npm install` has made for this very lock file counts as well as one of ours. */
function isCurrent() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()) return true;
  const marker = join(repository, 'node_modules/.package-lock.json');
  if (!existsSync(marker)) return false;
  const packages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const installed = packages(marker);
  const wanted = Object.entries(packages(join(repository, 'package-lock.json'))).filter(([name]) => name !== '');
  return wanted.every(
    ([name, { version, optional, link }]) => optional || link || installed[name]?.version === version,
  );
}

/**
 * Installs what the lock file says when node_modules is missing or made for another one. Not by `npm ci`: where a registry does not offer
 * the optional packages of other platforms, that refuses the lock file as a whole.
 */
export async function ensureNodeModules({ log, say, signal }) {
  if (isCurrent()) return { note: 'present' };
  say('npm install');
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { cwd: repository, log, signal });
  writeFileSync(stamp, lockHash());
  return { note: 'npm install' };
}

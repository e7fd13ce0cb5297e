import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { repository } from './machine.mjs';

/** Every file below the given paths (relative to the repository), sorted, without the excluded names. */
export function listFiles(paths, excluded = []) {
  const walk = (path) => {
    if (excluded.some((pattern) => pattern.test(path))) return [];
    const absolute = join(repository, path);
    if (!lstatSync(absolute).isDirectory()) return [path];
    return readdirSync(absolute).flatMap((name) => walk(join(path, name)));
  };
  return paths.flatMap(walk).sort();
}

/** 12 hex digits that change when any file's name, content or executable bit does, or any of `values`. */
export function hashInputs(files, values) {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${Buffer.byteLength(value)}:${value}`);
  for (const file of files) {
    const absolute = join(repository, file);
    const content = readFileSync(absolute);
    hash.update(`${relative('', file)}\0${lstatSync(absolute).mode & 0o111}\0${content.length}:`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

/** A directory of its own with just these files, for an engine to build from; `prepare` adds to it. Removed afterwards. */
export async function withContext(files, prepare, use) {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-build-'));
  try {
    for (const file of files) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      cpSync(join(repository, file), join(directory, file));
    }
    prepare(directory);
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

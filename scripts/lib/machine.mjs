import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Survives runs and clones: the private Docker engine's images, logs, locks. */
export const cacheDirectory = resolve(
  process.env.GANTRY_HOME || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gantry'),
);

export const isRoot = process.getuid?.() === 0;

/** `amd64` or `arm64`, as Debian and Docker call it. */
export const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;

function readOsRelease() {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
    return Object.fromEntries(
      lines.map((line) => line.split('=')).map(([key, value = '']) => [key, value.replaceAll('"', '')]),
    );
  } catch {
    return {};
  }
}

/** Debian, Ubuntu and what is made from them: packages come from apt. */
export const isDebianLike = (() => {
  const { ID = '', ID_LIKE = '' } = readOsRelease();
  return process.platform === 'linux' && [ID, ...ID_LIKE.split(' ')].some((id) => id === 'debian' || id === 'ubuntu');
})();

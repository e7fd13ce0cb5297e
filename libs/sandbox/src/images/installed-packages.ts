import { messageOf, PACKAGE_MANAGERS, type PackageManager, type PackageSpec } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { Engine } from '../engine.js';
import { readImageFile } from './image-file.js';
import { INSTALLED_PATH } from './install-scripts.js';

const MAX_BYTES = 256 * 1024;
const MAX_PACKAGES = 2000;
const MAX_WORD_CHARS = 256;

/** Reads what the layers have noted. It was written inside a build, so it is bounded and checked. `null` = not now. */
export async function readInstalled(
  { engine, logger }: { engine: Engine; logger: Logger },
  { imageId, labels }: { imageId: string; labels: Record<string, string> },
): Promise<PackageSpec[] | null> {
  const file = { imageId, labels, path: INSTALLED_PATH, maxBytes: MAX_BYTES };
  try {
    const text = await readImageFile({ engine, logger }, file);
    return parseInstalled(text?.toString('utf8') ?? '');
  } catch (error) {
    logger.warn({ image: imageId, error: messageOf(error) }, 'what is installed in an image could not be read');
    return null;
  }
}

/** The last note about a package counts: a later layer may have replaced it. */
export function parseInstalled(text: string): PackageSpec[] {
  const found = new Map<string, PackageSpec>();
  for (const line of text.split('\n')) {
    const [manager, name, version, ...rest] = line.split('\t');
    if (!isManager(manager) || !isWord(name) || !isWord(version) || rest.length > 0) continue;
    found.delete(`${manager} ${name}`);
    if (found.size < MAX_PACKAGES) found.set(`${manager} ${name}`, { manager, name, version });
  }
  return [...found.values()];
}

function isManager(word: string | undefined): word is PackageManager {
  return PACKAGE_MANAGERS.some((manager) => manager === word);
}

function isWord(word: string | undefined): word is string {
  return word !== undefined && word.length <= MAX_WORD_CHARS && /^[\x21-\x7e]+$/.test(word);
}

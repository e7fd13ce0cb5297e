import type { Readable } from 'node:stream';
import { messageOf, PACKAGE_MANAGERS, type PackageManager, type PackageSpec } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import { extract } from 'tar-stream';
import type { Engine } from '../engine.js';
import { removeContainer } from '../remove-container.js';
import { INSTALLED_PATH } from './install-scripts.js';

const MAX_BYTES = 256 * 1024;
const MAX_PACKAGES = 2000;
const MAX_WORD_CHARS = 256;

/** Reads what the layers have noted, from a container that never runs. It was written inside a build, so it is bounded and checked. `null` = not now. */
export async function readInstalled(
  { engine, logger }: { engine: Engine; logger: Logger },
  { imageId, labels }: { imageId: string; labels: Record<string, string> },
): Promise<PackageSpec[] | null> {
  const body = { Image: imageId, Entrypoint: ['/none'], Cmd: [], Labels: labels, NetworkDisabled: true };
  const creating = (): Promise<{ id: string }> => engine.docker.createContainer({ _body: body, _query: {} } as object);
  let id: string | null = null;
  try {
    ({ id } = await engine.call('look into an image', creating));
    return parseInstalled(await readFile(engine, id));
  } catch (error) {
    logger.warn({ image: imageId, error: messageOf(error) }, 'what is installed in an image could not be read');
    return null;
  } finally {
    if (id !== null) await removeContainer(engine, id, logger);
  }
}

async function readFile(engine: Engine, id: string): Promise<string> {
  const archive = (abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> =>
    engine.docker.getContainer(id).getArchive({ path: INSTALLED_PATH, abortSignal });
  const answer = await engine
    .call('look into an image', archive)
    .catch((error: { cause?: { statusCode?: number } }) => {
      if (error.cause?.statusCode === 404) return null;
      throw error;
    });
  if (answer === null) return '';
  return textOfFile(answer as Readable);
}

/** Of the one regular file in a tar stream; empty when it is something else, or too large to be ours. */
async function textOfFile(answer: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const tar = extract();
  tar.on('entry', (header, content, next) => {
    if (header.type !== 'file' || (header.size ?? 0) > MAX_BYTES) return tar.destroy();
    content.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
    });
    content.on('end', next);
  });
  await new Promise<void>((resolve, reject) => {
    tar.on('finish', resolve).on('close', resolve).on('error', reject);
    answer.on('error', reject).pipe(tar);
  }).finally(() => answer.destroy());
  return Buffer.concat(chunks).toString('utf8');
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

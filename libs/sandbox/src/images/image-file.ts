import type { Readable } from 'node:stream';
import type { Logger } from '@gantry/core';
import { extract } from 'tar-stream';
import type { Engine } from '../engine.js';
import { statusOf } from '../engine-error.js';
import { removeContainer } from '../remove-container.js';
import { lookProfile } from './look-profile.js';

export interface ImageFile {
  imageId: string;
  path: string;
  maxBytes: number;
  /** Of the container that is made for looking. */
  labels: Record<string, string>;
}

/** One file of an image, read from a container that never runs. `null` = there is none, it is no regular file, or it is too large. */
export async function readImageFile(
  { engine, logger }: { engine: Engine; logger: Logger },
  file: ImageFile,
): Promise<Buffer | null> {
  const { imageId, labels } = file;
  const body = lookProfile(imageId, labels);
  const creating = (): Promise<{ id: string }> => engine.docker.createContainer({ _body: body, _query: {} } as object);
  const { id } = await engine.call('look into an image', creating);
  try {
    return await readFile(engine, id, file);
  } finally {
    await removeContainer(engine, id, logger);
  }
}

async function readFile(engine: Engine, id: string, { path, maxBytes }: ImageFile): Promise<Buffer | null> {
  const archive = (abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> =>
    engine.docker.getContainer(id).getArchive({ path, abortSignal });
  const answer = await engine.call('look into an image', archive).catch((error: unknown) => {
    if (statusOf((error as Error).cause) === 404) return null;
    throw error;
  });
  return answer === null ? null : await onlyFile(answer as Readable, maxBytes);
}

/** The content of the one regular file in a tar stream. */
export async function onlyFile(answer: Readable, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let found = false;
  const tar = extract();
  tar.on('entry', (header, content, next) => {
    if (found || header.type !== 'file' || (header.size ?? 0) > maxBytes) {
      found = false;
      return tar.destroy();
    }
    found = true;
    content.on('data', (chunk: Buffer) => chunks.push(chunk));
    content.on('end', next);
  });
  await new Promise<void>((resolve, reject) => {
    tar.on('finish', resolve).on('close', resolve).on('error', reject);
    answer.on('error', reject).pipe(tar);
  }).finally(() => answer.destroy());
  return found ? Buffer.concat(chunks) : null;
}

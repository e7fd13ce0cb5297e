import { messageOf } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type Docker from 'dockerode';
import type { Engine } from '../engine.js';
import { BUILD_LABEL } from './dockerfile-of-recipe.js';

const KEPT = 3;
const KEPT_MS = 30 * 60_000;

/**
 * Removes what builds that failed have left: unfinished images on which nothing was built. What is younger than a build may take can be under a
 * build of another worker. Never throws.
 */
export async function removeLeftovers(
  { engine, logger }: { engine: Engine; logger: Logger },
  buildMs: number,
): Promise<void> {
  const filters = { dangling: ['true'], label: [`${BUILD_LABEL}=1`] };
  const list = (abortSignal: AbortSignal): Promise<Docker.ImageInfo[]> =>
    engine.docker.listImages({ filters, abortSignal } as object);
  try {
    for (const { Id } of leftovers(await engine.read('list images', list), buildMs, Date.now()))
      await removeImage(engine, Id);
  } catch (error) {
    logger.warn({ error: messageOf(error) }, 'what failed builds have left could not be removed');
  }
}

/** The newest few stay for a while, for the same request with its fault corrected goes on from there. */
export function leftovers<T extends { Created: number }>(images: readonly T[], buildMs: number, now: number): T[] {
  const newestFirst = images.toSorted((a, b) => b.Created - a.Created);
  return newestFirst.filter(
    ({ Created }, at) => now - Created * 1000 >= (at < KEPT ? Math.max(KEPT_MS, buildMs) : buildMs),
  );
}

/** One that is in use by then, or gone, is let be. */
async function removeImage(engine: Engine, id: string): Promise<void> {
  await engine.call('remove an image', () => engine.docker.getImage(id).remove()).catch(() => undefined);
}

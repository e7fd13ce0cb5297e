import type { Recipe } from '@gantry/contracts';
import type { BlobStore, Clock } from './ports/index.js';

/** A worker may have to make the image again at any time; each build prolongs it. */
const KEEP_MS = 365 * 24 * 3600 * 1000;

export interface ImageFilesDeps {
  blobs: BlobStore;
  clock: Clock;
}

/** Keeps what a custom Dockerfile copies for as long as somebody knows the image. */
export async function keepImageFiles(deps: ImageFilesDeps, imageId: string, recipe: Recipe): Promise<void> {
  const keepUntil = deps.clock.now() + KEEP_MS;
  for (const { sha256 } of recipe.dockerfile?.files ?? []) await deps.blobs.keep(sha256, keepUntil, imageId);
}

/** @param holder an image that nobody knows any more, or a job that has ended */
export async function releaseImageFiles(blobs: BlobStore, holder: string, recipe: Recipe): Promise<void> {
  for (const { sha256 } of recipe.dockerfile?.files ?? []) await blobs.release(sha256, holder);
}

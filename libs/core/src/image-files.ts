import type { Recipe } from '@gantry/contracts';
import type { BlobStore, Clock, TenantStorage } from './ports/index.js';
import { roomOfImage, roomOfInputs } from './tenant-room.js';

/** A worker may have to make the image again at any time; each build prolongs it. */
const KEEP_MS = 365 * 24 * 3600 * 1000;

export interface ImageFilesDeps {
  blobs: BlobStore;
  storage: TenantStorage;
  clock: Clock;
}

/**
 * Keeps what a custom Dockerfile copies for as long as somebody knows the image. It takes room of the tenant that had it made; when that was
 * ordered there was enough.
 */
export async function keepImageFiles(
  deps: ImageFilesDeps,
  { tenant, imageId }: { tenant: string; imageId: string },
  recipe: Recipe,
): Promise<void> {
  const files = recipe.dockerfile?.files ?? [];
  const until = deps.clock.now() + KEEP_MS;
  for (const { sha256 } of files) await deps.blobs.keep(sha256, until, imageId);
  const bytes = bytesOfImageFiles(recipe);
  if (bytes > 0) await deps.storage.hold({ tenant, entry: roomOfImage(imageId), bytes, until, cap: null });
}

export function bytesOfImageFiles(recipe: Recipe): number {
  return (recipe.dockerfile?.files ?? []).reduce((sum, { size }) => sum + size, 0);
}

/** An image that nobody knows any more. */
export async function releaseImageFiles(blobs: BlobStore, imageId: string, recipe: Recipe): Promise<void> {
  for (const { sha256 } of recipe.dockerfile?.files ?? []) await blobs.release(sha256, imageId);
}

/** A job that has ended, or never was. */
export async function releaseJobFiles(
  { blobs, storage }: Pick<ImageFilesDeps, 'blobs' | 'storage'>,
  { id, tenant }: { id: string; tenant: string },
  recipe: Recipe,
): Promise<void> {
  const files = recipe.dockerfile?.files ?? [];
  if (files.length === 0) return;
  for (const { sha256 } of files) await blobs.release(sha256, id);
  await storage.release(tenant, roomOfInputs(id));
}

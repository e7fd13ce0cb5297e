import { AppError, type ImageRecord } from '@gantry/contracts';
import { releaseImageFiles } from './image-files.js';
import type { BlobStore, ImageStore, Logger, TenantStorage } from './ports/index.js';
import { roomOfImage } from './tenant-room.js';

/**
 * This tenant forgets the image and its names. Throws `image_in_use` while its executions wait or run on it. False when it knew none.
 */
export async function forgetImage(
  deps: { images: ImageStore; blobs: BlobStore; storage: TenantStorage; logger: Logger },
  tenant: string,
  image: ImageRecord,
): Promise<boolean> {
  const outcome = await deps.images.forget(tenant, image.id);
  if (outcome.kind === 'unknown') return false;
  if (outcome.kind === 'in_use') {
    throw new AppError('image_in_use', `${outcome.uses} of your executions wait or run on the image ${image.id}`);
  }
  // Nobody waits for this: what can't be given up now expires.
  const released = [
    deps.storage.release(tenant, roomOfImage(image.id)),
    ...(outcome.last ? [releaseImageFiles(deps.blobs, image.id, image.recipe)] : []),
  ];
  Promise.all(released).catch((error: unknown) =>
    deps.logger.debug({ err: error, imageId: image.id }, 'files of an image left to expire'),
  );
  return true;
}

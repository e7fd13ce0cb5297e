import { AppError, type ImageRecord } from '@gantry/contracts';
import { releaseImageFiles } from './image-files.js';
import type { BlobStore, ImageStore, Logger } from './ports/index.js';

/**
 * This tenant forgets the image and its names. Throws `image_in_use` while its executions wait or run on it. False when it knew none.
 */
export async function forgetImage(
  deps: { images: ImageStore; blobs: BlobStore; logger: Logger },
  tenant: string,
  image: ImageRecord,
): Promise<boolean> {
  const outcome = await deps.images.forget(tenant, image.id);
  if (outcome.kind === 'unknown') return false;
  if (outcome.kind === 'in_use') {
    throw new AppError('image_in_use', `${outcome.uses} of your executions wait or run on the image ${image.id}`);
  }
  // Nobody waits for this: what can't be given up now expires.
  if (outcome.last) {
    releaseImageFiles(deps.blobs, image.id, image.recipe).catch((error: unknown) =>
      deps.logger.debug({ err: error, imageId: image.id }, 'files of an image left to expire'),
    );
  }
  return true;
}

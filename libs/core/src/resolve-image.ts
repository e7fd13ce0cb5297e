import {
  AppError,
  canonicalImageName,
  IMAGE_ID,
  imageNameFault,
  type ImageRecord,
  type Runtime,
} from '@gantry/contracts';
import type { ImageStore } from './ports/index.js';
import { runtimeRecipe } from './runtime-recipe.js';

/** A tenant's image by id or name, or `unknown_image`. */
export async function requireImage(images: ImageStore, tenant: string, idOrName: string): Promise<ImageRecord> {
  const image = await findImage(images, tenant, idOrName);
  if (image) return image;
  throw new AppError('unknown_image', `The image "${idOrName}" is not known`, {
    fields: [{ path: 'image_id', message: 'is not the id or the name of an image of yours' }],
  });
}

/** What can be neither id nor name is not looked for. */
export async function findImage(images: ImageStore, tenant: string, idOrName: string): Promise<ImageRecord | null> {
  const name = canonicalImageName(idOrName);
  if (!IMAGE_ID.test(name) && imageNameFault(name) !== null) return null;
  return images.get(tenant, name);
}

/** Id of the recipe that an execution runs on; `null` = the image of the runtime. */
export async function resolveImage(
  images: ImageStore,
  order: { tenant: string; imageId: string | null },
  runtime: Runtime,
): Promise<string | null> {
  if (order.imageId === null || order.imageId === runtimeRecipe(runtime)?.id) return null;
  const { id, recipe } = await requireImage(images, order.tenant, order.imageId);
  if (recipe.runtimes.some(({ name }) => name === runtime.name)) return id;
  throw new AppError('language_not_in_image', `The image ${id} was not made with ${runtime.name}`, {
    fields: [{ path: 'language', message: `must be one of: ${recipe.runtimes.map(({ name }) => name).join(', ')}` }],
  });
}

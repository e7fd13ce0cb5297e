import { AppError } from '@gantry/contracts';
import type { BaseFacts } from './base-images.js';

export const IMAGE_REPOSITORY = 'gantry/image';

/** Not `gantry.deployment`: containers take over the labels of their image, and those with that label belong to a worker. */
export const IMAGE_LABEL = {
  recipe: 'gantry.recipe',
  base: 'gantry.base',
  executor: 'gantry.executor',
  baseImage: 'gantry.base-image',
  deployment: 'gantry.image-deployment',
} as const;

/** What an image is called on an engine and in a registry, and the labels by which it proves to be that. */
export interface NamedImage {
  tag: string;
  repository: string;
  version: string;
  labels: Record<string, string>;
}

/** Ids come from a queue and become part of names here, so they are looked at. Throws `unknown_image`. */
export function imageOf(recipeId: string, { key }: Pick<BaseFacts, 'key'>): NamedImage {
  const hash = /^img_([0-9a-f]{32})$/.exec(recipeId)?.[1];
  if (hash === undefined) throw new AppError('unknown_image', `${JSON.stringify(recipeId)} is not the id of an image`);
  const labels = { [IMAGE_LABEL.recipe]: recipeId, [IMAGE_LABEL.base]: key };
  return { tag: `${IMAGE_REPOSITORY}:${hash}-${key}`, repository: hash, version: key, labels };
}

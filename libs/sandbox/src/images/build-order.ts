import type { Recipe } from '@gantry/contracts';
import type { BaseFacts } from './base-images.js';
import type { BuildOrder } from './build-run.js';
import { buildSteps, installsAnything } from './dockerfile-of-recipe.js';
import type { ImageBuilderOptions } from './image-builder-options.js';
import { IMAGE_LABEL, type NamedImage } from './image-names.js';

/** Everything that one build on this engine takes. Throws at a recipe that the door should not have let in. */
export function buildOrder(
  { recipe, facts, image }: { recipe: Recipe; facts: BaseFacts; image: NamedImage },
  options: ImageBuilderOptions,
  allCertificates: readonly string[],
): BuildOrder {
  const { executorImageId, baseImageId } = facts;
  const certificates = installsAnything(recipe) || baseImageId !== null ? allCertificates : [];
  const labels = {
    ...image.labels,
    [IMAGE_LABEL.executor]: facts.executorKey,
    [IMAGE_LABEL.baseImage]: baseImageId ?? executorImageId,
    [IMAGE_LABEL.deployment]: options.deployment,
  };
  const steps = buildSteps(recipe, { executorImageId, baseImageId, certificates: certificates.length > 0, labels });
  const files = recipe.dockerfile?.files ?? [];
  const readBlob = (sha256: string): AsyncIterable<Uint8Array> => options.readBlob(sha256);
  return { steps, tag: image.tag, context: { certificates, files, readBlob }, options };
}

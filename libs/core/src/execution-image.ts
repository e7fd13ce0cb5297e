import {
  AppError,
  messageOf,
  unranResult,
  type ExecutionRecord,
  type ExecutionRequest,
  type Recipe,
} from '@gantry/contracts';
import { endUnstarted, type UnstartedDeps } from './end-unstarted.js';
import type { ImageBuilder, ImageStore, ClaimedDelivery, Logger, RuntimeCatalog } from './ports/index.js';
import { recipeEnvironment } from './recipe-environment.js';
import { runtimeRecipe, type NamedRecipe } from './runtime-recipe.js';

/** An image that an execution can run on. */
export interface ExecutionImage {
  /** Name by which the engine runs it. */
  reference: string;
  env: Readonly<Record<string, string>>;
  /** Whether it has what starts interpreters in advance. */
  preload: boolean;
}

export type FoundImage = { kind: 'there'; image: ExecutionImage } | { kind: 'missing'; wanted: NamedRecipe };

export interface ExecutionImageDeps extends UnstartedDeps {
  images: ImageStore;
  builder: ImageBuilder;
  runtimes: RuntimeCatalog;
  /** The image of a runtime that needs nothing installed, as the engine knows it. */
  imageOf: (runtimeName: string) => string;
  logger: Logger;
}

/** What an execution of this recipe runs on, once it is made. */
export function executionImage(recipe: Recipe, reference: string): ExecutionImage {
  return { reference, env: recipeEnvironment(recipe), preload: recipe.base === null };
}

/**
 * The image of an execution that has not started: there, or to be made. `null` when the execution was ended here because nobody knows its
 * image. Throws when another delivery can help.
 */
export async function findImageOrEnd(
  deps: ExecutionImageDeps,
  record: ExecutionRecord,
  delivery: ClaimedDelivery,
): Promise<FoundImage | null> {
  const { id, request } = record;
  try {
    const wanted = await wantedRecipe(deps, request);
    if (wanted === null) {
      const reference = deps.imageOf(request.runtime);
      return { kind: 'there', image: { reference, env: {}, preload: true } };
    }
    const found = await deps.builder.find(wanted.id, wanted.recipe);
    return found
      ? { kind: 'there', image: executionImage(wanted.recipe, found.reference) }
      : { kind: 'missing', wanted };
  } catch (error) {
    const isGone = error instanceof AppError && error.code === 'unknown_image';
    if (!isGone && (delivery.retriesLeft || delivery.signal.aborted)) throw error;
    deps.logger.warn({ err: error, executionId: id }, 'the image could not be looked for');
    await endUnstarted(
      deps,
      { record, nonce: delivery.nonce },
      unranResult('failed', 'image_unavailable', messageOf(error)),
    );
    return null;
  }
}

/** `null` = the executor image as it is. Without a round trip unless the request names an image. */
async function wantedRecipe(deps: ExecutionImageDeps, request: ExecutionRequest): Promise<NamedRecipe | null> {
  if (request.imageId === null) {
    const runtime = deps.runtimes.resolve(request.runtime);
    return runtime && runtimeRecipe(runtime);
  }
  const recipe = await deps.images.recipe(request.imageId);
  if (recipe) return { id: request.imageId, recipe };
  throw new AppError('unknown_image', `The image ${request.imageId} was deleted before the execution ran`);
}

import { AppError } from '@gantry/contracts';
import type { ImageBuilder, ImageStore, Logger } from '@gantry/core';

/** Containers of the last executions on a forgotten image are gone soon; a pool's are after a while. */
export const REMOVE_FORGOTTEN_EVERY_MS = 3000;
export const EXPIRE_IMAGES_EVERY_MS = 60_000;

export interface ImageHousekeeperDeps {
  images: ImageStore;
  builder: ImageBuilder;
  /** Whether the image is wanted although nobody has ordered it: a language runs on it. */
  isRuntime: (id: string) => boolean;
  rules: { unusedMs: number; maxBytes: number };
  logger: Logger;
}

/** Removes images that nobody knows any more, that nobody uses, or that there is no room for. */
export class ImageHousekeeper {
  readonly #deps: ImageHousekeeperDeps;
  /** Forgotten, but a container still used it. */
  readonly #unwanted = new Set<string>();

  constructor(deps: ImageHousekeeperDeps) {
    this.#deps = deps;
  }

  /** The last who knew this image has forgotten it. Nobody waits for this. */
  forgotten(id: string): void {
    if (this.#deps.isRuntime(id)) return;
    this.#unwanted.add(id);
    this.removeForgotten().catch((error: unknown) =>
      this.#deps.logger.debug({ err: error, imageId: id }, 'a forgotten image is removed later'),
    );
  }

  async expire(): Promise<void> {
    const expired = await this.#deps.builder.expire(this.#deps.rules);
    if (expired.length > 0) this.#deps.logger.info({ images: expired.length }, 'removed images that nobody used');
  }

  /** What could not be removed when it was forgotten. Asks nobody when there is nothing of it. */
  async removeForgotten(): Promise<void> {
    const { images, builder, logger } = this.#deps;
    for (const id of [...this.#unwanted]) {
      // Somebody may have ordered it again meanwhile.
      if ((await images.recipe(id)) === null && !(await removed(builder, id))) continue;
      this.#unwanted.delete(id);
      logger.debug({ imageId: id }, 'dealt with a forgotten image');
    }
  }
}

/** False while a container uses it. */
async function removed(builder: ImageBuilder, id: string): Promise<boolean> {
  try {
    await builder.remove(id);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'image_in_use') return false;
    throw error;
  }
}

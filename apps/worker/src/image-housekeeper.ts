import { AppError } from '@gantry/contracts';
import type { ImageBuilder, ImageStore, Logger } from '@gantry/core';

export const TIDY_IMAGES_EVERY_MS = 60_000;

export interface ImageHousekeeperDeps {
  images: ImageStore;
  builder: ImageBuilder;
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
    this.#unwanted.add(id);
    this.#removeUnwanted().catch((error: unknown) =>
      this.#deps.logger.debug({ err: error, imageId: id }, 'a forgotten image is removed later'),
    );
  }

  async round(): Promise<void> {
    await this.#removeUnwanted();
    const expired = await this.#deps.builder.expire(this.#deps.rules);
    if (expired.length > 0) this.#deps.logger.info({ images: expired.length }, 'removed images that nobody used');
  }

  async #removeUnwanted(): Promise<void> {
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

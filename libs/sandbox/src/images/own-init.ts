import { createHash } from 'node:crypto';
import type { Logger } from '@gantry/core';
import type { Engine } from '../engine.js';
import { INIT_PATH } from './dockerfile-of-recipe.js';
import { readImageFile } from './image-file.js';

const MAX_BYTES = 16 * 1024 * 1024;

export interface OwnInitOptions {
  engine: Engine;
  logger: Logger;
  /** Of the containers that are made for looking. */
  labels: Record<string, string>;
}

/** Knows an image that is from elsewhere by its first process: labels can be written by anybody, so the bytes are compared. */
export class OwnInit {
  readonly #options: OwnInitOptions;
  #known: { imageId: string; digest: string | null } | null = null;

  constructor(options: OwnInitOptions) {
    this.#options = options;
  }

  /** Whether both images have the very same init. Ids are contents, so what was compared stays what it was. */
  async isIn(imageId: string, executorImageId: string): Promise<boolean> {
    if (this.#known?.imageId !== executorImageId)
      this.#known = { imageId: executorImageId, digest: await this.#digest(executorImageId) };
    const own = this.#known.digest;
    return own !== null && own === (await this.#digest(imageId));
  }

  async #digest(imageId: string): Promise<string | null> {
    const { engine, logger, labels } = this.#options;
    const content = await readImageFile({ engine, logger }, { imageId, labels, path: INIT_PATH, maxBytes: MAX_BYTES });
    return content === null ? null : createHash('sha256').update(content).digest('hex');
  }
}

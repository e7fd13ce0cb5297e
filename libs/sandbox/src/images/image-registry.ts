import { messageOf } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { Engine } from '../engine.js';
import { inspectImage } from './base-images.js';
import { followPull, followPush } from './engine-transfer.js';
import type { NamedImage } from './image-names.js';
import type { OwnInit } from './own-init.js';

const TRANSFER_MS = 900_000;

export interface RegistryOptions {
  engine: Engine;
  logger: Logger;
  /** `10.0.0.1:5000/gantry`. */
  registry: string;
  auth: { username: string; password: string } | undefined;
  ownInit: OwnInit;
}

/** What is asked for, the labels that it must have included, and the executor image whose init it must have. */
export interface PulledImage extends NamedImage {
  executorImageId: string;
}

/** Where workers of one fleet share images. It is a help, not a need: its failures go to the log, and the image is built instead. */
export class ImageRegistry {
  readonly #options: RegistryOptions;
  readonly #closing = new AbortController();
  readonly #pushes = new Set<Promise<void>>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Whether the engine has the image now. */
  async pull(image: PulledImage, signal: AbortSignal): Promise<boolean> {
    const { engine, logger, auth } = this.#options;
    const reference = this.#reference(image);
    try {
      await followPull(engine, { reference, ms: TRANSFER_MS, auth }, signal);
      return await this.#adopt(reference, image);
    } catch (error) {
      signal.throwIfAborted();
      const absent = /manifest unknown|not found|name unknown/i.test(messageOf(error));
      if (!absent)
        logger.warn({ image: reference, error: messageOf(error) }, 'an image could not be pulled from the registry');
      return false;
    }
  }

  /** Returns at once. */
  push(image: NamedImage): void {
    const pushing = this.#push(image).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#options.logger.warn(
        { image: this.#reference(image), error: messageOf(error) },
        'an image could not be pushed to the registry',
      );
    });
    this.#pushes.add(pushing);
    void pushing.then(() => this.#pushes.delete(pushing));
  }

  /** Resolves when no push is under way. */
  async idle(): Promise<void> {
    while (this.#pushes.size > 0) await Promise.all(this.#pushes);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the image builder is closed'));
    await this.idle();
  }

  #reference({ repository, version }: NamedImage): string {
    return `${this.#options.registry}/${repository}:${version}`;
  }

  /**
   * A registry may hold anything under that name. Labels tell a mistake, the init's bytes a lie; what was looked at is what gets the tag,
   * whatever its name in the registry means by then.
   */
  async #adopt(reference: string, { tag, labels, executorImageId }: PulledImage): Promise<boolean> {
    const { engine, logger, ownInit } = this.#options;
    try {
      const info = await inspectImage(engine, reference);
      if (info === null) return false;
      const own = info.Config?.Labels ?? {};
      const same = Object.entries(labels).every(([name, value]) => own[name] === value);
      if (same && (await ownInit.isIn(info.Id, executorImageId))) {
        await this.#tag(info.Id, tag);
        return true;
      }
      logger.warn({ image: reference, same }, 'the registry has something else under the name of an image');
      return false;
    } finally {
      await this.#untag(reference);
    }
  }

  async #push(image: NamedImage): Promise<void> {
    const reference = this.#reference(image);
    await this.#tag(image.tag, reference);
    try {
      const { engine, auth } = this.#options;
      // An engine wants credentials with every push, be they empty.
      const transfer = { reference, ms: TRANSFER_MS, auth: auth ?? { username: '', password: '' } };
      await followPush(engine, transfer, this.#closing.signal);
    } finally {
      await this.#untag(reference);
    }
  }

  async #tag(from: string, to: string): Promise<void> {
    const at = to.lastIndexOf(':');
    const options = { repo: to.slice(0, at), tag: to.slice(at + 1) };
    const { engine } = this.#options;
    await engine.call('tag an image', () => engine.docker.getImage(from).tag(options));
  }

  async #untag(reference: string): Promise<void> {
    const { engine } = this.#options;
    await engine.call('untag an image', () => engine.docker.getImage(reference).remove()).catch(() => undefined);
  }
}

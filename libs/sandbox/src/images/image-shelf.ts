import { AppError, messageOf } from '@gantry/contracts';
import type { Clock, Logger } from '@gantry/core';
import type Docker from 'dockerode';
import type { Engine } from '../engine.js';
import { statusOf } from '../engine-error.js';
import { inspectImage } from './base-images.js';
import { expiredImages, type ShelfImage } from './expired-images.js';
import { IMAGE_LABEL, IMAGE_REPOSITORY } from './image-names.js';

/** An image's last use is kept in the engine too, but not more often than this; well below what `expiredImages` takes for just now. */
const TOUCH_EVERY_MS = 30_000;

export interface ImageShelfOptions {
  engine: Engine;
  logger: Logger;
  clock: Clock;
  deployment: string;
}

/** The finished images on one engine: which there are, when they were used, and what may go. */
export class ImageShelf {
  readonly #options: ImageShelfOptions;
  readonly #used = new Map<string, number>();
  readonly #touched = new Map<string, number>();

  constructor(options: ImageShelfOptions) {
    this.#options = options;
  }

  /**
   * Notes a use. The engine's own note is the time of the last tagging, which other workers of it see and which outlives this one. A failure
   * of that is of no consequence.
   */
  use(tag: string): void {
    const { engine, clock } = this.#options;
    const now = clock.now();
    this.#used.set(tag, now);
    if (now - (this.#touched.get(tag) ?? 0) < TOUCH_EVERY_MS) return;
    this.#touched.set(tag, now);
    const options = { repo: IMAGE_REPOSITORY, tag: tag.slice(IMAGE_REPOSITORY.length + 1) };
    void engine.call('note the use of an image', () => engine.docker.getImage(tag).tag(options)).catch(() => undefined);
  }

  /** Recipes that have an image made by the present templates. */
  async ready(executorKey: string): Promise<string[]> {
    const images = await this.#list([`${IMAGE_LABEL.executor}=${executorKey}`]);
    return images
      .filter(({ RepoTags }) => tagsOf(RepoTags).length > 0)
      .map(({ Labels }) => Labels[IMAGE_LABEL.recipe] ?? '');
  }

  /** Those of this deployment. Throws `image_in_use` when a container has one of them. */
  async remove(recipeId: string): Promise<void> {
    for (const { RepoTags } of await this.#list([`${IMAGE_LABEL.recipe}=${recipeId}`, this.#own])) {
      for (const tag of tagsOf(RepoTags)) {
        if (!(await this.#removeTag(tag)))
          throw new AppError('image_in_use', `The image ${recipeId} is used by a container`);
      }
    }
  }

  /** Removes what the rules say, except images in use or being made. Returns recipes that have no image left. */
  async expire(
    rules: { unusedMs: number; maxBytes: number },
    isBusy: (recipeId: string) => boolean,
  ): Promise<string[]> {
    const images = (await this.#shelf()).filter(({ recipeId }) => !isBusy(recipeId));
    const gone = new Set<string>();
    for (const { tag, recipeId } of expiredImages(images, rules, this.#options.clock.now())) {
      const removed = await this.#removeTag(tag).catch((error: unknown) => {
        this.#options.logger.warn({ image: tag, error: messageOf(error) }, 'an image could not be removed');
        return false;
      });
      if (removed) gone.add(recipeId);
    }
    const left = new Set((await this.#shelf()).map(({ recipeId }) => recipeId));
    return [...gone].filter((recipeId) => !left.has(recipeId));
  }

  get #own(): string {
    return `${IMAGE_LABEL.deployment}=${this.#options.deployment}`;
  }

  async #shelf(): Promise<ShelfImage[]> {
    const images = await this.#list([this.#own]);
    const found = await Promise.all(
      images.flatMap((image) => tagsOf(image.RepoTags).map((tag) => this.#describe(tag, image))),
    );
    return found.filter((image) => image !== null);
  }

  async #describe(tag: string, { Labels }: Docker.ImageInfo): Promise<ShelfImage | null> {
    const { engine } = this.#options;
    const [info, base] = await Promise.all([
      inspectImage(engine, tag),
      inspectImage(engine, Labels[IMAGE_LABEL.baseImage] ?? 'none'),
    ]);
    if (info === null) return null;
    const tagged = Date.parse((info as { Metadata?: { LastTagTime?: string } }).Metadata?.LastTagTime ?? '') || 0;
    const created = Date.parse(info.Created) || 0;
    const lastUsedAt = Math.max(tagged, created, this.#used.get(tag) ?? 0);
    return {
      tag,
      recipeId: Labels[IMAGE_LABEL.recipe] ?? '',
      bytes: Math.max(0, info.Size - (base?.Size ?? 0)),
      lastUsedAt,
    };
  }

  async #list(label: string[]): Promise<Docker.ImageInfo[]> {
    const { engine } = this.#options;
    const list = (abortSignal: AbortSignal): Promise<Docker.ImageInfo[]> =>
      engine.docker.listImages({ filters: { label }, abortSignal } as object);
    return engine.read('list images', list);
  }

  /** False when a container uses it: the engine refuses then, so nothing can come in between. */
  async #removeTag(tag: string): Promise<boolean> {
    const { engine } = this.#options;
    try {
      await engine.call('remove an image', () => engine.docker.getImage(tag).remove());
    } catch (error) {
      const status = statusOf((error as Error).cause);
      if (status === 409) return false;
      if (status !== 404) throw error;
    }
    this.#used.delete(tag);
    this.#touched.delete(tag);
    return true;
  }
}

function tagsOf(tags: readonly string[] | null | undefined): string[] {
  return (tags ?? []).filter((tag) => tag.startsWith(`${IMAGE_REPOSITORY}:`));
}

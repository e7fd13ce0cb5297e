import { AppError, type BuiltImage, type ImageRecord, type Recipe } from '@gantry/contracts';
import type { ForgetOutcome, ImageStore } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import {
  BUILT_IMAGE,
  FORGET_IMAGE,
  GET_IMAGE,
  IMAGE_USES,
  PUT_IMAGE,
  TAG_IMAGE,
  USE_IMAGE,
} from './scripts/image-scripts.js';

/** Of one tenant: the names of an image are looked for among them. */
const MAX_NAMES = 1000;

export interface ImageStoreOptions {
  redis: Redis;
  subscriber: ChannelSubscriber;
  deployment: string;
}

export class RedisImageStore implements ImageStore {
  readonly #redis: Redis;
  readonly #subscriber: ChannelSubscriber;
  readonly #keys: Keys;

  constructor(options: ImageStoreOptions) {
    this.#redis = options.redis;
    this.#subscriber = options.subscriber;
    this.#keys = keysFor(options.deployment);
  }

  async put(tenant: string, id: string, recipe: Recipe): Promise<void> {
    await this.#run(PUT_IMAGE, [id, tenant, JSON.stringify(recipe)]);
  }

  async tag(tenant: string, name: string, id: string): Promise<void> {
    if ((await this.#run(TAG_IMAGE, [id, tenant, name, MAX_NAMES])) === 1) return;
    throw new AppError('too_many_image_names', `${MAX_NAMES} names are the most; ${name} would be one more`);
  }

  async get(tenant: string, idOrName: string): Promise<ImageRecord | null> {
    return decode((await this.#run(GET_IMAGE, [idOrName, tenant])) as string[] | null);
  }

  async list(
    tenant: string,
    page: { limit: number; cursor: string | null },
  ): Promise<{ images: ImageRecord[]; nextCursor: string | null }> {
    const index = this.#keys.imagesOf(tenant);
    let from = 0;
    if (page.cursor !== null) {
      const rank = await answered(this.#redis.zrevrank(index, page.cursor));
      if (rank === null) return { images: [], nextCursor: null };
      from = rank + 1;
    }
    // One more than asked for tells whether there is a next page.
    const ids = await answered(this.#redis.zrevrange(index, from, from + page.limit));
    const wanted = ids.slice(0, page.limit);
    // One round trip: the driver sends what is issued in the same tick together.
    const found = await Promise.all(wanted.map((id) => this.get(tenant, id)));
    return {
      images: found.filter((image) => image !== null),
      nextCursor: ids.length > page.limit ? (wanted.at(-1) ?? null) : null,
    };
  }

  async uses(tenant: string, id: string): Promise<number> {
    return Number(await this.#run(IMAGE_USES, [id, tenant]));
  }

  async forget(tenant: string, id: string): Promise<ForgetOutcome> {
    const [kind, count] = (await this.#run(FORGET_IMAGE, [id, tenant])) as [ForgetOutcome['kind'], number];
    switch (kind) {
      case 'forgotten':
        return { kind, last: count === 1 };
      case 'in_use':
        return { kind, uses: count };
      case 'unknown':
        return { kind };
    }
  }

  async recipe(id: string): Promise<Recipe | null> {
    const recipe = (await this.#run(USE_IMAGE, [id])) as string | null;
    return recipe === null ? null : (JSON.parse(recipe) as Recipe);
  }

  async built(id: string, image: BuiltImage): Promise<void> {
    await this.#run(BUILT_IMAGE, [id, image.digest, image.sizeBytes]);
  }

  onForgotten(callback: (id: string) => void): Promise<AsyncDisposable> {
    return this.#subscriber.listen(this.#keys.imagesGoneChannel, (message) => {
      if (message !== null) callback(message);
    });
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#keys.prefix, args));
  }
}

function decode(answer: readonly string[] | null): ImageRecord | null {
  if (answer === null) return null;
  const [id = '', since, recipe = '', used, digest = '', size = '', ...names] = answer;
  return {
    id,
    recipe: JSON.parse(recipe) as Recipe,
    names: names.sort(),
    createdAt: Number(since),
    lastUsedAt: Number(used),
    digest: digest === '' ? null : digest,
    sizeBytes: size === '' ? null : Number(size),
  };
}

import { AppError, messageOf, parseRedisUrl } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { Redis } from 'ioredis';
import { adviceOn, type RedisAdvice } from './redis-advice.js';

export interface RedisSetupOptions {
  redis: Redis;
  url: string;
  /** Nothing starts on an unsafe one. */
  strict: boolean;
  logger: Logger;
}

const LOOK_EVERY_MS = 60_000;
/** Between two warnings, however often Redis goes and comes. */
const TELL_EVERY_MS = 60_000;
const ANSWERED_WITHIN_MS = 5000;

/** Whether the Redis server is set up for a queue that must not lose anything. Looked at again when another one may have its place. */
export class RedisSetup implements Disposable {
  readonly #options: RedisSetupOptions;
  #advice: RedisAdvice[] = [];
  #told = '';
  #toldAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  readonly #onReady = (): void => void this.#lookAgain();

  private constructor(options: RedisSetupOptions) {
    this.#options = options;
  }

  /** Throws `redis_unavailable` when it does not answer, and what is wrong when it is unsafe and `strict`. */
  static async open(options: RedisSetupOptions): Promise<RedisSetup> {
    const setup = new RedisSetup(options);
    setup.#advice = await setup.#look();
    const unsafe = setup.#advice.filter((advice) => advice.unsafe);
    if (options.strict && unsafe.length > 0) throw new Error(refusal(unsafe));
    setup.#tell();
    options.redis.on('ready', setup.#onReady);
    setup.#timer = setInterval(setup.#onReady, LOOK_EVERY_MS).unref();
    return setup;
  }

  /** What is wrong, for people. */
  get problems(): string[] {
    return this.#advice.map(({ text }) => text);
  }

  /** As a part of a readiness. */
  check(): { ok: boolean; message: string | null } {
    const unsafe = this.#advice.some((advice) => advice.unsafe);
    return { ok: !(this.#options.strict && unsafe), message: this.problems.join('; ') || null };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#options.redis.off('ready', this.#onReady);
  }

  async #lookAgain(): Promise<void> {
    try {
      this.#advice = await this.#look();
      this.#tell();
    } catch {
      // Away again: it is looked at when it is back.
    }
  }

  async #look(): Promise<RedisAdvice[]> {
    const { redis, url } = this.#options;
    try {
      const info = await within(redis.info());
      const clusterInfo = /^cluster_enabled:1/m.test(info) ? await within(redis.cluster('INFO')) : null;
      const parsed = parseRedisUrl(url);
      return adviceOn(info, clusterInfo, 'address' in parsed && parsed.address.kind === 'cluster');
    } catch (error) {
      if (!messageOf(error).startsWith('NOPERM'))
        throw new AppError('redis_unavailable', 'Redis does not answer', { cause: error });
      return [{ text: 'how it is set up cannot be read: allow its user INFO and CLUSTER INFO', unsafe: true }];
    }
  }

  /** The same is told once; something else at a bounded rate. */
  #tell(): void {
    const { logger } = this.#options;
    const problems = this.problems;
    // Percentages go up and down.
    const text = problems.join('; ').replaceAll(/\d+ %/g, '');
    const now = performance.now();
    if (text === this.#told || now - this.#toldAt < TELL_EVERY_MS) return;
    if (problems.length > 0) logger.warn({ problems }, 'Redis is not set up for a queue that must not lose anything');
    else logger.info({}, 'Redis is set up well again');
    this.#told = text;
    this.#toldAt = now;
  }
}

function refusal(unsafe: readonly RedisAdvice[]): string {
  const lines = unsafe.map(({ text }) => `  ${text}`);
  return `Redis is not set up for a queue that must not lose anything, and REDIS_STRICT is on:\n${lines.join('\n')}`;
}

/** A `persistent` connection would wait for ever. */
async function within<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Redis does not answer')), ANSWERED_WITHIN_MS);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

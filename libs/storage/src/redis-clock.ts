import type { Clock, Logger } from '@gantry/core';
import type { Redis } from 'ioredis';
import { answered } from './redis-connection.js';

/** An answer that took longer than this says too little about the time in between. */
const MAX_ROUND_TRIP_MS = 500;
const LOOK_EVERY_MS = 30_000;
/** Worth telling the operator: the logs of two machines do not line up. */
const TELL_FROM_MS = 5000;

/**
 * The time of the Redis server, which all machines of a deployment share: what one of them writes down as a moment means the same on every
 * other, however wrong its own clock is. Between two looks it goes on by this machine's monotonic clock.
 */
export class RedisClock implements Clock, Disposable {
  readonly #redis: Redis;
  readonly #own: Clock;
  #ahead = 0;
  #known = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onReady = (): void => void this.look().catch(() => undefined);

  /** @param own this machine's; asked for the monotonic time */
  constructor(redis: Redis, own: Clock) {
    this.#redis = redis;
    this.#own = own;
    this.#ahead = own.now() - own.monotonic();
  }

  /** Looks once, and from then on now and then, until it is disposed of. Throws `redis_unavailable` when the first look fails. */
  static async open(redis: Redis, own: Clock, logger: Logger): Promise<RedisClock> {
    const clock = new RedisClock(redis, own);
    const behindMs = await clock.look();
    if (Math.abs(behindMs) > TELL_FROM_MS)
      logger.warn({ behindMs }, 'the clock of this machine differs from that of the Redis server, which is gone by');
    // Another server may have its place.
    redis.on('ready', clock.#onReady);
    clock.#timer = setInterval(clock.#onReady, LOOK_EVERY_MS).unref();
    return clock;
  }

  now(): number {
    return Math.round(this.#own.monotonic() + this.#ahead);
  }

  monotonic(): number {
    return this.#own.monotonic();
  }

  /** Resolves to how far this machine's own clock is behind, in ms. Throws `redis_unavailable`. */
  async look(): Promise<number> {
    const asked = this.#own.monotonic();
    const [seconds, micros] = await answered(this.#redis.time());
    const heard = this.#own.monotonic();
    const server = Number(seconds) * 1000 + Number(micros) / 1000;
    // An inexact time is better than this machine's, but not than an exact one.
    if (!this.#known || heard - asked <= MAX_ROUND_TRIP_MS) this.#ahead = server - (asked + heard) / 2;
    this.#known = true;
    return Math.round(server - this.#own.now());
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#redis.off('ready', this.#onReady);
  }
}

import type { RequestRate } from '@gantry/contracts';
import type { RateLimiter, RateVerdict } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { TAKE_TOKEN } from './scripts/rate-scripts.js';

export class RedisRateLimiter implements RateLimiter {
  readonly #redis: Redis;
  readonly #prefix: string;

  constructor({ redis, deployment }: { redis: Redis; deployment: string }) {
    this.#redis = redis;
    this.#prefix = keysFor(deployment).prefix;
  }

  async take(bucket: string, { perSecond, burst }: RequestRate): Promise<RateVerdict> {
    const args = [bucket, perSecond, burst];
    const answer = await answered(runScript(this.#redis, TAKE_TOKEN, this.#prefix, args));
    const [allowed, tokens] = answer as [number, string];
    const left = Number(tokens);
    return {
      allowed: allowed === 1,
      remaining: Math.floor(left),
      retryMs: left >= 1 ? 0 : ((1 - left) / perSecond) * 1000,
      fullMs: (Math.max(0, burst - left) / perSecond) * 1000,
    };
  }
}

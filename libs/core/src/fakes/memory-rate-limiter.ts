import type { RequestRate } from '@gantry/contracts';
import type { Clock, RateLimiter, RateVerdict } from '../ports/index.js';

export class MemoryRateLimiter implements RateLimiter {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #clock: Clock;
  /** How often it was asked. */
  asked = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(bucket: string, { perSecond, burst }: RequestRate): Promise<RateVerdict> {
    this.asked++;
    const at = this.#clock.now();
    const before = this.#buckets.get(bucket) ?? { tokens: burst, at };
    let tokens = Math.min(burst, before.tokens + (Math.max(0, at - before.at) * perSecond) / 1000);
    const allowed = tokens >= 1;
    if (allowed) tokens -= 1;
    this.#buckets.set(bucket, { tokens, at });
    return Promise.resolve({
      allowed,
      remaining: Math.floor(tokens),
      retryMs: tokens >= 1 ? 0 : ((1 - tokens) / perSecond) * 1000,
      fullMs: ((burst - tokens) / perSecond) * 1000,
    });
  }
}

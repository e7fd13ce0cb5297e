import { AppError, type Principal, type RequestRate } from '@gantry/contracts';
import type { Clock, RateLimiter, RateVerdict } from './ports/index.js';

/** Keys whose refusal is remembered; past it the oldest are asked for again. */
const MAX_BLOCKED = 10_000;

/**
 * Holds each key to its rate, across all gateways. Who was refused is refused here until the next request may come, so that a flood does not
 * reach the store.
 */
export class RateGate {
  readonly #limiter: RateLimiter;
  readonly #clock: Clock;
  /** Until when, by the monotonic clock. */
  readonly #blocked = new Map<string, { until: number; rate: RequestRate }>();

  constructor(limiter: RateLimiter, clock: Clock) {
    this.#limiter = limiter;
    this.#clock = clock;
  }

  /** `null` for those without a rate. Throws `redis_unavailable`. */
  async check({ bucket, rate }: Pick<Principal, 'bucket' | 'rate'>): Promise<RateVerdict | null> {
    if (!rate) return null;
    const blocked = this.#stillBlocked(bucket, rate);
    if (blocked) return blocked;
    const verdict = await this.#limiter.take(bucket, rate);
    if (!verdict.allowed) this.#block(bucket, rate, verdict.retryMs);
    return verdict;
  }

  #stillBlocked(bucket: string, rate: RequestRate): RateVerdict | null {
    const blocked = this.#blocked.get(bucket);
    if (!blocked) return null;
    const retryMs = blocked.until - this.#clock.monotonic();
    // A key whose rate was changed is judged anew.
    const same = blocked.rate.perSecond === rate.perSecond && blocked.rate.burst === rate.burst;
    if (same && retryMs > 0)
      return { allowed: false, remaining: 0, retryMs, fullMs: retryMs + ((rate.burst - 1) / rate.perSecond) * 1000 };
    this.#blocked.delete(bucket);
    return null;
  }

  #block(bucket: string, rate: RequestRate, retryMs: number): void {
    this.#blocked.delete(bucket);
    this.#blocked.set(bucket, { until: this.#clock.monotonic() + retryMs, rate });
    for (const oldest of this.#blocked.keys()) {
      if (this.#blocked.size <= MAX_BLOCKED) return;
      this.#blocked.delete(oldest);
    }
  }
}

/** What a refused request is told. */
export function rateLimited(rate: RequestRate, verdict: RateVerdict, nowMs: number): AppError {
  const { perSecond, burst } = rate;
  return new AppError(
    'rate_limited',
    `Your key may send ${perSecond} requests a second, and ${burst} at once after a pause`,
    {
      retryAfterSeconds: Math.max(1, Math.ceil(verdict.retryMs / 1000)),
      quota: {
        limit: 'requests_per_second',
        allowed: perSecond,
        current: burst,
        resetsAt: Math.ceil(nowMs + verdict.retryMs),
      },
    },
  );
}

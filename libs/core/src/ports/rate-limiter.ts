import type { RequestRate } from '@gantry/contracts';

export interface RateVerdict {
  allowed: boolean;
  /** Requests that may come at once now. */
  remaining: number;
  /** Until the next request may come; 0 when it may come now. */
  retryMs: number;
  /** Until the whole burst is there again. */
  fullMs: number;
}

/** Token buckets that all gateways share, by the store's clock. */
export interface RateLimiter {
  /** Takes one from the bucket, if there is one. A refused request takes none. Throws `redis_unavailable`. */
  take(bucket: string, rate: RequestRate): Promise<RateVerdict>;
}

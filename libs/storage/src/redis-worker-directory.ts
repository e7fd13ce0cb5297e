import type { WorkerStatus } from '@gantry/contracts';
import type { Clock, WorkerDirectory } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor } from './keys.js';
import { answered } from './redis-connection.js';

export interface WorkerDirectoryOptions {
  redis: Redis;
  deployment: string;
  clock: Clock;
  /** How old an answer of `list` may be, ms, before it is asked for anew: it is asked for every submit. */
  freshMs: number;
}

/** An answer serves while a newer one is on its way, for this many times `freshMs` more. */
const STALE_FACTOR = 2;

/** One hash, a field per worker; each field carries its own end, by the Redis server's clock. */
export class RedisWorkerDirectory implements WorkerDirectory {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #freshMs: number;
  #known: { until: number; workers: Promise<WorkerStatus[]> } | null = null;
  #refreshing = false;

  constructor(options: WorkerDirectoryOptions) {
    this.#redis = options.redis;
    this.#key = keysFor(options.deployment).workers;
    this.#clock = options.clock;
    this.#freshMs = options.freshMs;
  }

  async announce(status: WorkerStatus, ttlMs: number): Promise<void> {
    const until = (await this.#serverTime()) + ttlMs;
    await answered(this.#redis.hset(this.#key, status.id, JSON.stringify({ until, status })));
  }

  async withdraw(id: string): Promise<void> {
    await answered(this.#redis.hdel(this.#key, id));
  }

  list(): Promise<WorkerStatus[]> {
    const now = this.#clock.monotonic();
    const known = this.#known;
    if (!known || known.until + STALE_FACTOR * this.#freshMs < now) return this.#ask(now).workers;
    // A little old is good enough for this caller; the next one finds a new answer.
    if (known.until < now && !this.#refreshing) {
      this.#refreshing = true;
      const next = this.#read().finally(() => (this.#refreshing = false));
      next.then(
        () => (this.#known = { until: now + this.#freshMs, workers: next }),
        () => (this.#known = null),
      );
    }
    return known.workers;
  }

  #ask(now: number): { workers: Promise<WorkerStatus[]> } {
    const workers = this.#read();
    this.#known = { until: now + this.#freshMs, workers };
    // A failure must not stick.
    workers.catch(() => (this.#known = null));
    return this.#known;
  }

  async #read(): Promise<WorkerStatus[]> {
    const [now, all] = await Promise.all([this.#serverTime(), answered(this.#redis.hgetall(this.#key))]);
    const alive: WorkerStatus[] = [];
    for (const [id, value] of Object.entries(all)) {
      const { until, status } = JSON.parse(value) as { until: number; status: WorkerStatus };
      if (until > now) alive.push(status);
      else await answered(this.#redis.hdel(this.#key, id));
    }
    return alive;
  }

  async #serverTime(): Promise<number> {
    const [seconds, micros] = await answered(this.#redis.time());
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }
}

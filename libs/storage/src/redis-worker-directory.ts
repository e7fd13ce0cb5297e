import type { WorkerStatus } from '@gantry/contracts';
import type { Clock, WorkerDirectory } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor } from './keys.js';
import { answered } from './redis-connection.js';

export interface WorkerDirectoryOptions {
  redis: Redis;
  deployment: string;
  clock: Clock;
  /** How old an answer of `list` may be, ms: it is asked for every submit. */
  freshMs: number;
}

/** One hash, a field per worker; each field carries its own end, by the Redis server's clock. */
export class RedisWorkerDirectory implements WorkerDirectory {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #freshMs: number;
  #known: { until: number; workers: Promise<WorkerStatus[]> } | null = null;

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
    if (!this.#known || this.#known.until < now) {
      const workers = this.#read();
      // A failure must not stick.
      workers.catch(() => (this.#known = null));
      this.#known = { until: now + this.#freshMs, workers };
    }
    return this.#known.workers;
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

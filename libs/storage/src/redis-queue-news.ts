import type { QueueNews, WaitingExecution } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor, type Keys } from './keys.js';
import { toQueuePlace, type PlaceAnswer } from './redis-scheduler.js';
import { runScript } from './run-script.js';
import { DUE_NEWS, TELL_PLACE } from './scripts/scheduler-scripts.js';

export class RedisQueueNews implements QueueNews {
  readonly #redis: Redis;
  readonly #keys: Keys;
  #from = 0;

  constructor(options: { redis: Redis; deployment: string }) {
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment);
  }

  async due(max: number): Promise<WaitingExecution[]> {
    const answer = await this.#run(DUE_NEWS, ['', max, this.#from]);
    const [seen, due] = answer as [number, [id: string, lane: string, ...place: PlaceAnswer][]];
    this.#from = seen === max ? this.#from + max : 0;
    return due.map(([id, lane, ...place]) => ({
      id,
      requires: lane === '' ? [] : lane.split('+'),
      place: toQueuePlace(place),
    }));
  }

  async tell(id: string, queue: { position: number; waitMs: number | null }): Promise<void> {
    await this.#run(TELL_PLACE, [id, queue.position, JSON.stringify(queue)]);
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.#redis, source, this.#keys.prefix, args);
  }
}

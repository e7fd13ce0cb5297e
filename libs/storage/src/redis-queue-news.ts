import { randomUUID } from 'node:crypto';
import type { QueueNews, WaitingExecution } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor, type Keys } from './keys.js';
import { toQueuePlace, type PlaceAnswer } from './redis-scheduler.js';
import { runScript } from './run-script.js';
import { DUE_NEWS, TELL_PLACE } from './scripts/scheduler-scripts.js';

/** How many are looked at in one step, which others wait for. */
const SLICE = 25;

export class RedisQueueNews implements QueueNews {
  readonly #redis: Redis;
  readonly #keys: Keys;
  #from = 0;

  constructor(options: { redis: Redis; deployment: string }) {
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment);
  }

  async due(max: number): Promise<WaitingExecution[]> {
    const round = randomUUID();
    const due: WaitingExecution[] = [];
    for (let left = max; left > 0; left -= SLICE) {
      const size = Math.min(left, SLICE);
      const answer = await this.#run(DUE_NEWS, ['', size, this.#from, round]);
      const [seen, told] = answer as [number, [id: string, lane: string, ...place: PlaceAnswer][]];
      if (seen < 0) break;
      due.push(...told.map(([id, lane, ...place]) => toWaiting(id, lane, place)));
      this.#from = seen === size ? this.#from + size : 0;
      if (seen < size) break;
    }
    return due;
  }

  async tell(id: string, queue: { position: number; waitMs: number | null }): Promise<void> {
    await this.#run(TELL_PLACE, [id, queue.position, JSON.stringify(queue)]);
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.#redis, source, this.#keys.prefix, args);
  }
}

function toWaiting(id: string, lane: string, place: PlaceAnswer): WaitingExecution {
  return { id, requires: lane === '' ? [] : lane.split('+'), place: toQueuePlace(place) };
}

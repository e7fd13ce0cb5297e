import type { QueuePlace } from '@gantry/contracts';
import type { Claim, Scheduler, Taken } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { EXECUTIONS } from './execution-family.js';
import { keysFor, type Keys } from './keys.js';
import { ALL_FIELDS, decodeRecord } from './record-fields.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { HAND_BACK, KEEP_CLAIMS, PLACE, RECLAIM, TAKE, TAKEABLE } from './scripts/scheduler-scripts.js';

export interface SchedulerOptions {
  redis: Redis;
  subscriber: ChannelSubscriber;
  deployment: string;
  /** Told when so many can be taken for which there are no tokens in the queue. */
  onOwed?: (tokens: number) => void;
}

/** How many of the oldest that wait are looked at for being in no line. */
const LOOKED_AT = 100;

/** As the scripts tell a place: what is before it, run time | '', cap | '', how many of its tenant's own. */
export type PlaceAnswer = [ahead: number, mean: string, cap: string, ownAhead: number];

export function toQueuePlace([ahead, mean, cap, ownAhead]: PlaceAnswer): QueuePlace {
  return { ahead, ownAhead, meanRunMs: mean === '' ? null : Number(mean), maxRunning: cap === '' ? null : Number(cap) };
}

/** On a worker's `persistent` connection, where calls wait for Redis to return; on a gateway's `answering` one for `place`. */
export class RedisScheduler implements Scheduler {
  readonly #redis: Redis;
  readonly #subscriber: ChannelSubscriber;
  readonly #keys: Keys;
  readonly #onOwed: ((tokens: number) => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#redis = options.redis;
    this.#subscriber = options.subscriber;
    this.#keys = keysFor(options.deployment);
    this.#onOwed = options.onOwed;
  }

  async take(claim: {
    worker: string;
    nonce: string;
    leaseMs: number;
    tags: readonly string[];
  }): Promise<Taken | null> {
    const { worker, nonce, leaseMs, tags } = claim;
    const answer = await this.#run(TAKE, ['', worker, nonce, leaseMs, tags.join('+'), ...ALL_FIELDS]);
    const [id, failures, fields] = answer as [string?, string?, (string | null)[]?];
    if (id === undefined || fields === undefined) return null;
    const record = decodeRecord(EXECUTIONS, id, fields);
    return record && { record, failedBefore: Number(failures) };
  }

  async keep(claims: readonly Claim[], leaseMs: number): Promise<string[]> {
    const pairs = claims.flatMap(({ id, nonce }) => [id, nonce]);
    return (await this.#run(KEEP_CLAIMS, ['', leaseMs, ...pairs])) as string[];
  }

  async handBack({ id, nonce }: Claim, how: { delayMs: number; failed: boolean }): Promise<boolean> {
    const answer = await this.#run(HAND_BACK, [id, nonce, how.delayMs, how.failed ? 1 : 0]);
    const [handedBack, owed] = answer as [number, number];
    if (owed > 0) this.#onOwed?.(owed);
    return handedBack === 1;
  }

  async reclaim(max: number, maxFailures: number): Promise<{ handedBack: number; spent: string[] }> {
    const [handedBack, spent] = (await this.#run(RECLAIM, ['', max, maxFailures])) as [number, string[]];
    return { handedBack, spent };
  }

  async takeable(): Promise<number> {
    return Number(await this.#run(TAKEABLE, ['', LOOKED_AT]));
  }

  async place(id: string): Promise<QueuePlace | null> {
    const answer = (await answered(this.#run(PLACE, [id]))) as PlaceAnswer | [];
    return answer.length === 0 ? null : toQueuePlace(answer);
  }

  onTagged(callback: () => void): Promise<AsyncDisposable> {
    return this.#subscriber.listen(this.#keys.laneNewsChannel, callback);
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.#redis, source, this.#keys.prefix, args);
  }
}

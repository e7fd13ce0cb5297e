import type { ExecutionRecord, ExecutionResult } from '@gantry/contracts';
import type { AttemptStore, StartOutcome } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { keysFor, type Keys } from './keys.js';
import { ALL_FIELDS, decodeRecord, encodeResult } from './record-fields.js';
import { runScript } from './run-script.js';
import { FINISH, LAPSED, RENEW, START } from './scripts/worker-scripts.js';
import type { StoreOptions } from './redis-execution-store.js';

/** On a `persistent` connection: calls wait for Redis to return, and a repeated call changes nothing more. */
export class RedisAttemptStore implements AttemptStore {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #retentionMs: number;
  readonly #subscriber: ChannelSubscriber;

  constructor(options: StoreOptions, subscriber: ChannelSubscriber) {
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment);
    this.#retentionMs = options.retentionMs;
    this.#subscriber = subscriber;
  }

  async load(id: string): Promise<ExecutionRecord | null> {
    return decodeRecord(id, await this.#redis.hmget(this.#keys.record(id), ...ALL_FIELDS));
  }

  async start(id: string, claim: { worker: string; nonce: string; leaseMs: number }): Promise<StartOutcome> {
    const answer = await this.#run(START, [id, claim.worker, claim.nonce, claim.leaseMs]);
    const [kind, attempt, createdAt, startedAt] = answer as [StartOutcome['kind'], number, string, string];
    return kind === 'started'
      ? { kind, attempt, createdAt: Number(createdAt), startedAt: Number(startedAt) }
      : { kind };
  }

  async renew(
    attempts: readonly { id: string; attempt: number }[],
    leaseMs: number,
  ): Promise<{ id: string; why: 'cancelled' | 'lost' }[]> {
    const answers = await Promise.all(
      attempts.map(async ({ id, attempt }) => ({
        id,
        why: (await this.#run(RENEW, [id, attempt, leaseMs])) as string,
      })),
    );
    return answers.filter((answer): answer is { id: string; why: 'cancelled' | 'lost' } => answer.why !== 'ok');
  }

  async finish(id: string, attempt: number | null, result: ExecutionResult): Promise<boolean> {
    const fields = encodeResult(result);
    const args = [id, attempt ?? '', result.status, fields.result, fields.stdout, fields.stderr, this.#retentionMs];
    return (await this.#run(FINISH, args)) === 1;
  }

  async lapsed(max: number): Promise<string[]> {
    return (await this.#run(LAPSED, ['', max])) as string[];
  }

  onCancel(callback: (id: string) => void): Promise<AsyncDisposable> {
    return this.#subscriber.listen(this.#keys.cancelChannel, (message) => {
      if (message !== null) callback(message);
    });
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.#redis, source, this.#keys.prefix, args);
  }
}

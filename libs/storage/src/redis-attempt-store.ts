import type { JobRecord, TerminalStatus } from '@gantry/contracts';
import type { AttemptStore, LastEvents, StartOutcome } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import type { JobFamily } from './job-family.js';
import { keysFor, type Keys } from './keys.js';
import { ALL_FIELDS, decodeRecord } from './record-fields.js';
import { runScript } from './run-script.js';
import { FINISH, LAPSED, RENEW, START } from './scripts/worker-scripts.js';
import type { JobStoreOptions } from './redis-job-store.js';

/** On a `persistent` connection: calls wait for Redis to return, and a repeated call changes nothing more. */
export class RedisAttemptStore<Request, Result extends { status: TerminalStatus }> implements AttemptStore<
  Request,
  Result
> {
  readonly #family: JobFamily<Request, Result>;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #retentionMs: number;
  readonly #subscriber: ChannelSubscriber;

  constructor(options: JobStoreOptions<Request, Result>, subscriber: ChannelSubscriber) {
    this.#family = options.family;
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment, options.family.space);
    this.#retentionMs = options.retentionMs;
    this.#subscriber = subscriber;
  }

  async load(id: string): Promise<JobRecord<Request, Result> | null> {
    return decodeRecord(this.#family, id, await this.#redis.hmget(this.#keys.record(id), ...ALL_FIELDS));
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

  async finish(id: string, attempt: number | null, result: Result, last?: LastEvents): Promise<boolean> {
    const fields = this.#family.encodeResult(result);
    const args: (string | number | Buffer)[] = [id, attempt ?? '', result.status, fields.result, fields.stdout, fields.stderr];
    args.push(this.#retentionMs, last?.offset ?? 0);
    for (const event of last?.events ?? []) args.push(event.type, JSON.stringify(event.data));
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

  #run(source: string, args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return runScript(this.#redis, source, this.#keys.prefix, args);
  }
}

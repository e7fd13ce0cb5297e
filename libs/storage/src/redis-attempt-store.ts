import type { JobRecord, TerminalStatus } from '@gantry/contracts';
import type { AttemptStore, LastEvents, LossOutcome, StartOutcome, Unstarted } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import type { JobFamily } from './job-family.js';
import { keysFor, type Keys } from './keys.js';
import { ALL_FIELDS, decodeRecord } from './record-fields.js';
import { runScriptPatiently } from './patient-script.js';
import { FINISH, LAPSED, LOSE, RENEW, START } from './scripts/worker-scripts.js';
import type { EventsWritten } from './redis-event-log.js';
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
  readonly #onWritten: EventsWritten | undefined;
  readonly #onOwed: ((tokens: number) => void) | undefined;

  /** @param onWritten told of events that were written together with an end, for metrics */
  constructor(options: JobStoreOptions<Request, Result>, subscriber: ChannelSubscriber, onWritten?: EventsWritten) {
    this.#family = options.family;
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment, options.family.space);
    this.#retentionMs = options.retentionMs;
    this.#subscriber = subscriber;
    this.#onWritten = onWritten;
    this.#onOwed = options.onOwed;
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

  async finish(id: string, by: number | Unstarted | null, result: Result, last?: LastEvents): Promise<boolean> {
    const lastEvents = (last?.events ?? []).flatMap((event) => [event.type, JSON.stringify(event.data)]);
    const fields = this.#family.encodeResult(result);
    const args = [id, holderOf(by), result.status, fields.result, fields.stdout, fields.stderr];
    const outcome = Number(await this.#run(FINISH, [...args, this.#retentionMs, last?.offset ?? 0, ...lastEvents]));
    const ended = outcome === 1 || outcome < 0;
    if (outcome < 0) this.#onOwed?.(-outcome);
    if (ended && lastEvents.length > 0) this.#onWritten?.(lastEvents.length / 2, byteLengthOfAll(lastEvents));
    return ended;
  }

  async lose(id: string, result: Result, attempt?: number): Promise<LossOutcome> {
    const fields = this.#family.encodeResult(result);
    const args = [id, result.status, fields.result, fields.stdout, fields.stderr, this.#retentionMs, attempt ?? ''];
    const [outcome, owed] = (await this.#run(LOSE, args)) as [LossOutcome, number];
    if (owed > 0) this.#onOwed?.(owed);
    return outcome;
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
    return runScriptPatiently(this.#redis, source, this.#keys.prefix, args);
  }
}

/** As the script tells holders apart. */
function holderOf(by: number | Unstarted | null): string {
  if (by === null || typeof by === 'number') return String(by ?? '');
  return `claim:${by.claim ?? ''}`;
}

/** Of the data of events; every other one is a kind. */
function byteLengthOfAll(kindsAndData: readonly string[]): number {
  return kindsAndData.reduce((sum, text, i) => (i % 2 === 0 ? sum : sum + Buffer.byteLength(text)), 0);
}

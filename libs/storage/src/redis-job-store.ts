import { isTerminal, type JobRecord, type Status } from '@gantry/contracts';
import { tooManyLanes, type CreateOutcome, type JobPage, type JobStore, type NewJob } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { JobFamily } from './job-family.js';
import { keysFor, type Keys } from './keys.js';
import { loggedOutput } from './logged-output.js';
import { ALL_FIELDS, decodeRecord, EMPTY_OUTPUT_FIELD, SUMMARY_FIELDS } from './record-fields.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { ACCEPT, CANCEL, CREATE, FIND, PROLONG, WITHDRAW } from './scripts/gateway-scripts.js';

export interface JobStoreOptions<Request, Result> {
  family: JobFamily<Request, Result>;
  /** Of an `answering` connection. */
  redis: Redis;
  /** Separates deployments that share one Redis. */
  deployment: string;
  /** How long an ended job stays readable, ms. */
  retentionMs: number;
  /** Told when an end lets so many others of its tenant be taken, for which there are no tokens in the queue. */
  onOwed?: (tokens: number) => void;
}

/** Of an ended job, for who wanted to cancel it. */
const SHORT_OUTPUT_BYTES = 1024 * 1024;
/** Looks at this many entries at most for one page, so that a filter that nothing matches ends. */
const MAX_SCAN = 1000;
/** Of a family that is served first come, first served. */
const NO_LANE = '-';

export class RedisJobStore<Request, Result> implements JobStore<Request, Result> {
  readonly #family: JobFamily<Request, Result>;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #retentionMs: number;
  readonly #cancelled: string;
  readonly #onOwed: ((tokens: number) => void) | undefined;

  constructor(options: JobStoreOptions<Request, Result>) {
    this.#family = options.family;
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment, options.family.space);
    this.#retentionMs = options.retentionMs;
    this.#cancelled = options.family.encodeResult(options.family.cancelled).result;
    this.#onOwed = options.onOwed;
  }

  async find(tenant: string, idempotencyKey: string): Promise<{ id: string; fingerprint: string } | null> {
    const [id, fingerprint] = (await this.#run(FIND, ['', tenant, idempotencyKey])) as string[];
    return id === undefined || fingerprint === undefined ? null : { id, fingerprint };
  }

  async create(job: NewJob<Request>): Promise<CreateOutcome> {
    const { spec, code, stdin, image } = this.#family.encodeRequest(job.request);
    const schedule = this.#family.scheduleOf(job.request);
    const { id, tenant, fingerprint, idempotencyKey, acceptWithinMs, maxQueued, maxQueuedPerTenant } = job;
    const args = [
      id,
      tenant,
      spec,
      code,
      stdin,
      fingerprint,
      idempotencyKey ?? '',
      acceptWithinMs,
      maxQueued,
      maxQueuedPerTenant,
      image,
      job.trace?.traceparent ?? '',
      job.trace?.tracestate ?? '',
      schedule?.lane ?? NO_LANE,
      schedule?.priority ?? '',
      job.maxRunning ?? '',
      job.cpuMsPerDay ?? '',
      job.storageBytes ?? '',
      ...encodeWebhook(job.webhook),
      job.maxWebhooks ?? '',
      job.room?.bytes ?? '',
      job.room?.until ?? '',
      job.room?.cap ?? '',
    ];
    const [kind, a, b, c] = (await this.#run(CREATE, args)) as [CreateOutcome['kind'], never, never, never];
    switch (kind) {
      case 'created':
        return { kind };
      case 'existing':
        return { kind, id: a, fingerprint: b, ...(c === undefined ? {} : { offered: true }) };
      case 'queue_full':
      case 'tenant_queue_full':
        return { kind, queued: Number(a) };
      case 'cpu_quota_exceeded':
        return { kind, spentMs: Number(a), resetsAt: Number(b), retryMs: Number(c) };
      case 'storage_quota_exceeded':
        return { kind, current: Number(a) };
      case 'too_many_lanes':
        return { kind, lanes: Number(a) };
      case 'too_many_webhooks':
        return { kind, webhooks: Number(a) };
    }
  }

  async prolong(id: string, ms: number): Promise<boolean> {
    return (await this.#run(PROLONG, [id, ms])) === 1;
  }

  async accept(id: string): Promise<boolean> {
    const answer = Number(await this.#run(ACCEPT, [id, this.#retentionMs]));
    if (answer < 0) throw tooManyLanes(-answer);
    return answer === 1;
  }

  async withdraw(id: string): Promise<boolean> {
    const args = [id, this.#cancelled, EMPTY_OUTPUT_FIELD, this.#retentionMs];
    const [isOver, owed] = (await this.#run(WITHDRAW, args)) as [number, number];
    this.#owe(owed);
    return isOver === 1;
  }

  async get(id: string, tenant: string, turn?: () => Promise<void>): Promise<JobRecord<Request, Result> | null> {
    const values = await answered(this.#redis.hmget(this.#keys.record(id), ...ALL_FIELDS));
    const record = decodeRecord(this.#family, id, values);
    if (record?.tenant !== tenant) return null;
    const streams = record.result === null ? [] : this.#family.loggedStreams(record.result);
    if (record.result === null || streams.length === 0) return record;
    await turn?.();
    const output = await loggedOutput(this.#redis, this.#keys, id, streams);
    // It has just expired, as the record is about to.
    return output && { ...record, result: this.#family.withOutput(record.result, output) };
  }

  async getBounded(
    id: string,
    tenant: string,
    maxOutputBytes: number,
  ): Promise<{ record: JobRecord<Request, Result>; complete: boolean } | null> {
    const key = this.#keys.record(id);
    const bytes = await answered(this.#redis.hstrlen(key, 'stdout'));
    const fields =
      bytes <= maxOutputBytes ? ALL_FIELDS : ALL_FIELDS.map((field) => (field === 'stdout' ? 'left-out' : field));
    const values = await answered(this.#redis.hmget(key, ...fields));
    const record = decodeRecord(this.#family, id, values);
    if (record?.tenant !== tenant) return null;
    const logged = record.result !== null && this.#family.loggedStreams(record.result).length > 0;
    return { record, complete: bytes <= maxOutputBytes && !logged };
  }

  async list(
    tenant: string,
    page: { limit: number; cursor: string | null; status: Status | null },
  ): Promise<JobPage<Request, Result>> {
    const index = this.#keys.index(tenant);
    let from = 0;
    if (page.cursor !== null) {
      const rank = await answered(this.#redis.zrevrank(index, page.cursor));
      if (rank === null) return { records: [], nextCursor: null };
      from = rank + 1;
    }
    const records: JobRecord<Request, Result>[] = [];
    for (let seen = 0; seen < MAX_SCAN;) {
      const ids = await answered(this.#redis.zrevrange(index, from + seen, from + seen + page.limit - 1));
      for (const [i, record] of (await this.#summaries(ids)).entries()) {
        seen++;
        if (!record || (page.status !== null && record.status !== page.status)) continue;
        records.push(record);
        if (records.length === page.limit) return { records, nextCursor: ids[i] ?? null };
      }
      if (ids.length < page.limit) return { records, nextCursor: null };
      if (seen >= MAX_SCAN) return { records, nextCursor: ids.at(-1) ?? null };
    }
    return { records, nextCursor: null };
  }

  async cancel(id: string, tenant: string): Promise<JobRecord<Request, Result> | null> {
    const before = (await this.getBounded(id, tenant, SHORT_OUTPUT_BYTES))?.record ?? null;
    if (!before || isTerminal(before.status)) return before;
    this.#owe(await this.#run(CANCEL, [id, tenant, this.#cancelled, EMPTY_OUTPUT_FIELD, this.#retentionMs]));
    return this.get(id, tenant);
  }

  async #summaries(ids: readonly string[]): Promise<(JobRecord<Request, Result> | null)[]> {
    const read = async (id: string): Promise<JobRecord<Request, Result> | null> =>
      decodeRecord(this.#family, id, await answered(this.#redis.hmget(this.#keys.record(id), ...SUMMARY_FIELDS)));
    // One round trip: the driver sends what is issued in the same tick together.
    return Promise.all(ids.map(read));
  }

  #owe(tokens: unknown): void {
    if (Number(tokens) > 0) this.#onOwed?.(Number(tokens));
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#keys.prefix, args));
  }
}

/** The host has a field of its own, so that nothing needs to read the rest of the URL. */
function encodeWebhook(webhook: NewJob<unknown>['webhook']): [string, string] {
  if (!webhook) return ['', ''];
  const { host, ...rest } = webhook;
  return [JSON.stringify(rest), host];
}

import { isTerminal, type JobRecord, type Status } from '@gantry/contracts';
import type { CreateOutcome, JobPage, JobStore, NewJob } from '@gantry/core';
import type { Redis } from 'ioredis';
import type { JobFamily } from './job-family.js';
import { keysFor, type Keys } from './keys.js';
import { isLogged, loggedOutput } from './logged-output.js';
import { ALL_FIELDS, decodeRecord, EMPTY_OUTPUT_FIELD, STDOUT_AT, SUMMARY_FIELDS } from './record-fields.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { ACCEPT, CANCEL, CREATE, WITHDRAW } from './scripts/gateway-scripts.js';

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
      case 'too_many_lanes':
        return { kind, lanes: Number(a) };
    }
  }

  async accept(id: string): Promise<boolean> {
    return (await this.#run(ACCEPT, [id, this.#retentionMs])) === 1;
  }

  async withdraw(id: string): Promise<void> {
    this.#owe(await this.#run(WITHDRAW, [id, this.#cancelled, EMPTY_OUTPUT_FIELD, this.#retentionMs]));
  }

  async get(id: string, tenant: string): Promise<JobRecord<Request, Result> | null> {
    const values = await answered(this.#redis.hmget(this.#keys.record(id), ...ALL_FIELDS));
    return this.#whole(tenant, id, values);
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
    const complete = bytes <= maxOutputBytes && !isLogged(values);
    return record?.tenant === tenant ? { record, complete } : null;
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
    const before = await this.get(id, tenant);
    if (!before || isTerminal(before.status)) return before;
    this.#owe(await this.#run(CANCEL, [id, tenant, this.#cancelled, EMPTY_OUTPUT_FIELD, this.#retentionMs]));
    return this.get(id, tenant);
  }

  /** With the standard output that only the event log has. `null` when that has just expired, as the record is about to. */
  async #whole(
    tenant: string,
    id: string,
    values: readonly (string | null)[],
  ): Promise<JobRecord<Request, Result> | null> {
    const record = decodeRecord(this.#family, id, values);
    if (record?.tenant !== tenant) return null;
    if (!isLogged(values)) return record;
    const text = await loggedOutput(this.#redis, this.#keys.events(id));
    return text === null ? null : decodeRecord(this.#family, id, values.with(STDOUT_AT, text));
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

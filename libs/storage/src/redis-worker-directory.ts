import type { KnownWorker, WorkerStatus } from '@gantry/contracts';
import type {
  Announcement,
  Clock,
  Logger,
  WorkerControl,
  WorkerDirectory,
  WorkerOrder,
  WorkerPresence,
} from '@gantry/core';
import type { Redis } from 'ioredis';
import type { ChannelSubscriber } from './channel-subscriber.js';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { ANNOUNCE, FORGET_WORKER, ORDER_WORKER, WITHDRAW_WORKER } from './scripts/directory-scripts.js';
import { readWorkerEntry, type WorkerEntry } from './worker-entry.js';

export interface WorkerDirectoryOptions {
  redis: Redis;
  subscriber: ChannelSubscriber;
  deployment: string;
  clock: Clock;
  logger: Logger;
  /** How old an answer of `list` may be, ms, before it is asked for anew: it is asked for every submit. */
  freshMs: number;
}

/** How long a worker is believed to live after a heartbeat. */
export const WORKER_BELIEVED_MS = 6000;
/** An answer serves while a newer one is on its way, for this many times `freshMs` more. */
const STALE_FACTOR = 2;
/** A worker that has lost Redis for less than this finds what it was asked to do. */
const FORGET_AFTER_MS = 600_000;

/** One hash, a field per worker; each field carries its own end, by the Redis server's clock. */
export class RedisWorkerDirectory implements WorkerDirectory, WorkerControl, WorkerPresence {
  readonly #options: WorkerDirectoryOptions;
  readonly #keys: Keys;
  readonly #notUnderstood = new Set<string>();
  #known: { until: number; workers: Promise<KnownWorker[]> } | null = null;
  #refreshing = false;

  constructor(options: WorkerDirectoryOptions) {
    this.#options = options;
    this.#keys = keysFor(options.deployment);
  }

  async announce(status: WorkerStatus, ttlMs: number): Promise<Announcement> {
    const { id, instance } = status;
    const answer = (await this.#run(ANNOUNCE, [id, instance, ttlMs, JSON.stringify(status)])) as string[];
    const [kind, word, entry] = answer;
    if (kind === 'said') return { kind: 'said', order: word === 'drain' || word === 'resume' ? word : null };
    const { status: by } = readWorkerEntry(entry ?? '', ttlMs);
    return { kind: 'taken', by: by && { host: by.host, pid: by.pid }, goneInMs: Number(word) };
  }

  async withdraw({ id, instance }: Pick<WorkerStatus, 'id' | 'instance'>): Promise<void> {
    await this.#run(WITHDRAW_WORKER, [id, instance]);
  }

  async order(id: string, order: WorkerOrder): Promise<boolean> {
    return (await this.#run(ORDER_WORKER, [id, order])) === 1;
  }

  onOrder(id: string, listener: () => void): Promise<AsyncDisposable> {
    return this.#options.subscriber.listen(this.#keys.workerOrders, (named) => {
      // `null`: the connection was broken, so there may have been one.
      if (named === null || named === id) listener();
    });
  }

  async alive(): Promise<ReadonlySet<string>> {
    const { entries, now } = await this.#entries();
    // What can't be read might live: it is not for this version to say that it does not.
    return new Set([...entries].filter(([, { until }]) => !(until <= now)).map(([id]) => id));
  }

  list(): Promise<KnownWorker[]> {
    const { clock, freshMs } = this.#options;
    const now = clock.monotonic();
    const known = this.#known;
    if (!known || known.until + STALE_FACTOR * freshMs < now) return this.#ask(now).workers;
    // A little old is good enough for this caller; the next one finds a new answer.
    if (known.until < now && !this.#refreshing) {
      this.#refreshing = true;
      const next = this.#read().finally(() => (this.#refreshing = false));
      next.then(
        () => (this.#known = { until: now + freshMs, workers: next }),
        () => (this.#known = null),
      );
    }
    return known.workers;
  }

  #ask(now: number): { workers: Promise<KnownWorker[]> } {
    const workers = this.#read();
    this.#known = { until: now + this.#options.freshMs, workers };
    // A failure must not stick.
    workers.catch(() => (this.#known = null));
    return this.#known;
  }

  async #read(): Promise<KnownWorker[]> {
    const { entries, now } = await this.#entries();
    const workers: KnownWorker[] = [];
    for (const [id, entry] of entries) {
      const { until, said, status } = entry;
      if (until + FORGET_AFTER_MS <= now) await this.#run(FORGET_WORKER, [id, FORGET_AFTER_MS]);
      if (!(until > now)) continue;
      if (status) workers.push({ ...status, id, ageMs: Math.max(0, now - said) });
      else this.#complain(id, entry);
    }
    return workers.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #entries(): Promise<{ entries: Map<string, WorkerEntry>; now: number }> {
    const { redis } = this.#options;
    const [all, [seconds, micros]] = await answered(Promise.all([redis.hgetall(this.#keys.workers), redis.time()]));
    const entries = new Map(Object.entries(all).map(([id, text]) => [id, readWorkerEntry(text, WORKER_BELIEVED_MS)]));
    return { entries, now: Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) };
  }

  /** Once for each: it is written anew every second. */
  #complain(workerId: string, { fault }: WorkerEntry): void {
    if (this.#notUnderstood.has(workerId)) return;
    this.#notUnderstood.add(workerId);
    this.#options.logger.warn({ workerId, fault }, 'a worker is left out: what it says of itself is not understood');
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#options.redis, source, this.#keys.prefix, args));
  }
}

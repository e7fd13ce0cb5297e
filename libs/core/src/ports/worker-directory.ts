import type { KnownWorker, WorkerStatus } from '@gantry/contracts';

/** Who is there to run jobs. Entries vanish when their worker falls silent. */
export interface WorkerDirectory {
  /** Those that can be understood; an answer may be a second old. Throws `redis_unavailable`. */
  list(): Promise<KnownWorker[]>;
}

export type WorkerOrder = 'drain' | 'resume';

/** What an operator may ask of a worker. */
export interface WorkerControl {
  /** False when there is no such worker. The worker hears it at once, or with its next heartbeat. Safe to repeat. Throws `redis_unavailable`. */
  order(id: string, order: WorkerOrder): Promise<boolean>;
}

export type Announcement =
  /** `order`: the last one that was given; `null` = none. */
  | { kind: 'said'; order: WorkerOrder | null }
  /** Another process that lives has this id. `goneInMs`: unless it is heard again. */
  | { kind: 'taken'; by: { host: string; pid: number } | null; goneInMs: number };

/** A worker's own place in the directory. */
export interface WorkerPresence {
  /** Believed for `ttlMs`. Safe to repeat. Throws `redis_unavailable`. */
  announce(status: WorkerStatus, ttlMs: number): Promise<Announcement>;
  withdraw(status: Pick<WorkerStatus, 'id' | 'instance'>): Promise<void>;
  /** Ids of all workers that live, also of those whose words this version can't read. */
  alive(): Promise<ReadonlySet<string>>;
  /** Calls back when there may be an order for this worker. */
  onOrder(id: string, listener: () => void): Promise<AsyncDisposable>;
}

import type { ExecutionRecord } from '@gantry/contracts';

/** The gateway's side of a queue: a trigger around a job's id, nothing more. */
export interface JobQueue {
  /**
   * Puts the job with this id into the queue. Not safe to repeat. `kind` is for people who look at the queue.
   * Throws `redis_unavailable` within the adapter's deadline; the job may then still appear, and finds a record that was never accepted.
   */
  enqueue(id: string, kind?: string): Promise<void>;
  /** Puts in so many triggers that are around no job, all of them for after `delayMs`. Throws as `enqueue` does. */
  enqueueTokens(count: number, delayMs?: number): Promise<void>;
  /** Takes a waiting job out. No effect when it is running or gone; safe to repeat. */
  remove(id: string): Promise<void>;
  /** Jobs waiting, those for later among them, and jobs with a worker. */
  depth(): Promise<{ waiting: number; active: number }>;
  /** Jobs that wait for nothing but a worker. */
  ready(): Promise<number>;
  close(): Promise<void>;
}

/** One delivery of a job. */
export interface JobDelivery {
  id: string;
  /** Aborts when the delivery is no longer ours: the lock is lost, or the consumer was told to stop at once. */
  signal: AbortSignal;
  /** Deliveries before this one that ended in a thrown error. */
  failedBefore: number;
  /** Whether a thrown error leads to another delivery. */
  retriesLeft: boolean;
}

/** A delivery of an execution that this worker has claimed. */
export interface ClaimedDelivery extends JobDelivery {
  record: ExecutionRecord;
  /** Of the claim, which its start must show. */
  nonce: string;
  /** Aborts when it must not go on though it has started; `signal` counts until then only. */
  stop: AbortSignal;
}

/** What became of a delivery: `not_now` = there is no room for it here; it goes back to its place at once. */
export type Handled = 'done' | 'not_now';

/** The worker's side. */
export interface JobConsumer {
  /**
   * Begins to take jobs. A handler that throws gets the job again after a back-off, a bounded number of times. After one that answers
   * `not_now` no more are taken until `resume`.
   */
  start(handler: (delivery: JobDelivery) => Promise<Handled | void>): void;
  /** Takes no more jobs; those with us go on. Safe to repeat. */
  pause(): Promise<void>;
  resume(): void;
  /** How many jobs are with us now. */
  running(): number;
  /** Stops taking jobs, waits up to `graceMs` for those with us, then aborts their signals and waits for the handlers. */
  stop(graceMs: number): Promise<void>;
}

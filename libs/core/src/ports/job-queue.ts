/** The gateway's side of a queue: a trigger around a job's id, nothing more. */
export interface JobQueue {
  /**
   * Puts the job with this id into the queue. Not safe to repeat. `kind` is for people who look at the queue.
   * Throws `redis_unavailable` within the adapter's deadline; the job may then still appear, and finds a record that was never accepted.
   */
  enqueue(id: string, kind?: string): Promise<void>;
  /** Takes a waiting job out. No effect when it is running or gone; safe to repeat. */
  remove(id: string): Promise<void>;
  /** Jobs waiting and jobs with a worker. */
  depth(): Promise<{ waiting: number; active: number }>;
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

/** The worker's side. */
export interface JobConsumer {
  /** Begins to take jobs. A handler that throws gets the job again after a back-off, a bounded number of times. */
  start(handler: (delivery: JobDelivery) => Promise<void>): void;
  /** Takes no more jobs; those with us go on. Safe to repeat. */
  pause(): Promise<void>;
  resume(): void;
  /** How many jobs are with us now. */
  running(): number;
  /** Stops taking jobs, waits up to `graceMs` for those with us, then aborts their signals and waits for the handlers. */
  stop(graceMs: number): Promise<void>;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Handled, JobConsumer, JobDelivery, Logger } from '@gantry/core';
import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { MAX_DELIVERIES, queuePrefix, type JobEnvelope, type QueueName } from './job-options.js';

export interface JobConsumerOptions {
  /** A connection that waits for Redis to return; the caller closes it. */
  redis: Redis;
  deployment: string;
  queue: QueueName;
  /** Jobs at once. */
  concurrency: number;
  logger: Logger;
  /** The worker of a job fell silent; the queue has given the job up. Told on whichever worker noticed. */
  onLost: (id: string) => void;
}

// A worker that is gone is noticed after lock + check at the latest.
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5000;
const RETRY_MS = 1000;
/** After the first delivery that failed; twice as much after each further one. */
const BACK_OFF_MS = 500;

const LOCK_LOST = new Error('The lock of the job is lost');

export class BullmqJobConsumer implements JobConsumer {
  readonly #options: JobConsumerOptions;
  readonly #running = new Map<string, AbortController>();
  #worker: Worker<JobEnvelope> | null = null;
  #isPaused = false;
  #resumes = 0;

  constructor(options: JobConsumerOptions) {
    this.#options = options;
  }

  start(handler: (delivery: JobDelivery) => Promise<Handled | void>): void {
    const { redis, deployment, queue, concurrency, logger, onLost } = this.#options;
    const worker = new Worker<JobEnvelope>(queue, (job, token) => this.#handle(job, token, handler), {
      connection: redis,
      prefix: queuePrefix(deployment),
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // Whether user code runs again is not the queue's decision.
      maxStalledCount: 0,
      // After an answer such as that Redis is full or fails over.
      runRetryDelay: RETRY_MS,
    });
    worker.on('error', (error) => logger.debug({ err: error }, 'queue connection error'));
    worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) this.#running.get(id)?.abort(LOCK_LOST);
    });
    worker.on('stalled', (jobId: string) => onLost(jobId));
    this.#worker = worker;
  }

  async #handle(
    job: Job<JobEnvelope>,
    token: string | undefined,
    handler: (delivery: JobDelivery) => Promise<Handled | void>,
  ): Promise<void> {
    const { id } = job.data;
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      const failedBefore = job.attemptsMade;
      const delivery = { id, signal: abort.signal, failedBefore, retriesLeft: failedBefore + 1 < MAX_DELIVERIES };
      // A worker that waits for a job gets the next one also when it was paused meanwhile.
      const resumes = this.#resumes;
      if (this.#isPaused || (await handler(delivery)) === 'not_now') await this.#giveBack(job, token, resumes);
    } catch (error) {
      // Whoever has the lock decides. A worker that shuts down gives the job back instead.
      if (abort.signal.reason === LOCK_LOST) throw new UnrecoverableError(LOCK_LOST.message);
      const isTriedAgain = job.attemptsMade + 1 < (job.opts.attempts ?? 1);
      if (isTriedAgain && !(error instanceof WaitingError)) await backOff(job.attemptsMade, abort.signal);
      throw error;
    } finally {
      this.#running.delete(id);
    }
  }

  /** To the head of the queue, for another worker. Never returns. */
  async #giveBack(job: Job<JobEnvelope>, token: string | undefined, resumes: number): Promise<never> {
    // First, so that this worker does not fetch it again. Unless there is room again by now: nobody would resume it.
    if (resumes === this.#resumes) await this.#worker?.pause(true);
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#worker?.pause(true);
  }

  resume(): void {
    this.#resumes++;
    this.#isPaused = false;
    const worker = this.#worker;
    void worker?.resume();
    // One whose loop was about to end when it was resumed has not noticed; it is running no more by then.
    setImmediate(() => {
      if (worker && !this.#isPaused && !worker.isPaused()) void worker.resume();
    });
  }

  running(): number {
    return this.#running.size;
  }

  async stop(graceMs: number): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = null;
    this.#isPaused = true;
    const closing = worker.close();
    const timer = setTimeout(() => {
      for (const abort of this.#running.values()) abort.abort(new Error('The worker is shutting down'));
    }, graceMs);
    try {
      await closing;
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Here, and not in the queue: that would write down by this machine's clock when the job is due, and others would read it by theirs. Ends early
 * when the worker shuts down.
 */
async function backOff(failedBefore: number, signal: AbortSignal): Promise<void> {
  const ms = BACK_OFF_MS * 2 ** failedBefore * (0.5 + Math.random());
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

import { AppError } from '@gantry/contracts';
import type { JobQueue } from '@gantry/core';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { jobOptions, QUEUE_NAME, queuePrefix, type JobEnvelope } from './job-options.js';

export interface JobQueueOptions {
  /** A connection that fails fast; the caller closes it. */
  redis: Redis;
  deployment: string;
}

export class BullmqJobQueue implements JobQueue {
  readonly #queue: Queue<JobEnvelope>;

  constructor(options: JobQueueOptions) {
    this.#queue = new Queue<JobEnvelope>(QUEUE_NAME, {
      connection: options.redis,
      prefix: queuePrefix(options.deployment),
    });
    // Each call that fails tells its caller; without a listener the same error would also end the process.
    this.#queue.on('error', () => undefined);
  }

  async enqueue(executionId: string): Promise<void> {
    await translated(this.#queue.add('execution', { executionId }, jobOptions(executionId)));
  }

  async remove(executionId: string): Promise<void> {
    await translated(this.#queue.remove(executionId));
  }

  async depth(): Promise<{ waiting: number; active: number }> {
    const counts = await translated(this.#queue.getJobCounts('wait', 'prioritized', 'delayed', 'active'));
    const waiting = (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0) + (counts['delayed'] ?? 0);
    return { waiting, active: counts['active'] ?? 0 };
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new AppError('redis_unavailable', 'The queue does not answer', { cause: error });
  }
}

import { randomUUID } from 'node:crypto';
import { AppError, messageOf } from '@gantry/contracts';
import type { JobQueue } from '@gantry/core';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { jobOptions, queueOptions, tokenOptions, type JobEnvelope, type QueueName } from './job-options.js';

export interface JobQueueOptions {
  /** A connection that fails fast; the caller closes it. */
  redis: Redis;
  deployment: string;
  queue: QueueName;
}

export class BullmqJobQueue implements JobQueue {
  readonly #queue: Queue<JobEnvelope>;
  readonly #name: QueueName;

  constructor(options: JobQueueOptions) {
    this.#name = options.queue;
    this.#queue = new Queue<JobEnvelope>(options.queue, {
      connection: options.redis,
      ...queueOptions(options.deployment),
    });
    // Each call that fails tells its caller; without a listener the same error would also end the process.
    this.#queue.on('error', () => undefined);
  }

  async enqueue(id: string, kind: string = this.#name): Promise<void> {
    await translated(this.#queue.add(kind, { id }, jobOptions(id)));
  }

  async enqueueTokens(count: number, delayMs = 0): Promise<void> {
    const tokens = Array.from({ length: count }, () => {
      const id = `token-${randomUUID()}`;
      return { name: 'token', data: { id }, opts: tokenOptions(id, delayMs) };
    });
    await translated(this.#queue.addBulk(tokens));
  }

  async remove(id: string): Promise<void> {
    await translated(this.#queue.remove(id));
  }

  async depth(): Promise<{ waiting: number; active: number }> {
    const counts = await translated(this.#queue.getJobCounts('wait', 'prioritized', 'delayed', 'active'));
    const waiting = (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0) + (counts['delayed'] ?? 0);
    return { waiting, active: counts['active'] ?? 0 };
  }

  async ready(): Promise<number> {
    const counts = await translated(this.#queue.getJobCounts('wait', 'prioritized'));
    return (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0);
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (/^OOM\b|-OOM /.test(messageOf(error)))
      throw new AppError('redis_full', 'The queue has no memory left', { cause: error });
    throw new AppError('redis_unavailable', 'The queue does not answer', { cause: error });
  }
}

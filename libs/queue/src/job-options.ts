import type { JobsOptions, QueueOptions } from 'bullmq';

/** The envelope carries the id only: what to do is in the record. */
export interface JobEnvelope {
  id: string;
}

/** Executions, image jobs and webhooks have a queue each, so that none waits for another. */
export type QueueName = 'execution' | 'image' | 'webhook';

/** One hash tag for all keys of a deployment: a Redis Cluster keeps them on one node. */
export function queuePrefix(deployment: string): string {
  return `{${deployment}}:queue`;
}

/** Of what BullMQ itself tells of a queue; nobody reads it. */
const QUEUE_EVENTS_KEPT = 100;

/** The same wherever a queue is opened: it is written down in Redis, and the last one counts. */
export function queueOptions(deployment: string): Pick<QueueOptions, 'prefix' | 'streams'> {
  return { prefix: queuePrefix(deployment), streams: { events: { maxLen: QUEUE_EVENTS_KEPT } } };
}

/** Deliveries of a job whose handler throws, which it does only before the work has started. */
export const MAX_DELIVERIES = 4;

/** Says that there is one more, and nothing about which. One that gets lost is made up for, so none is tried again. */
export function tokenOptions(id: string, delayMs: number): JobsOptions {
  return { jobId: id, attempts: 1, delay: delayMs, removeOnComplete: true, removeOnFail: true };
}

export function jobOptions(id: string): JobsOptions {
  return {
    jobId: id,
    attempts: MAX_DELIVERIES,
    // The record is what is kept.
    removeOnComplete: true,
    removeOnFail: true,
  };
}

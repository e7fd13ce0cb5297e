import type { JobsOptions } from 'bullmq';

/** The envelope carries the id only: what to do is in the record. */
export interface JobEnvelope {
  id: string;
}

/** Executions and image jobs have a queue each, so that neither waits for the other. */
export type QueueName = 'execution' | 'image';

/** One hash tag for all keys of a deployment: a Redis Cluster keeps them on one node. */
export function queuePrefix(deployment: string): string {
  return `{${deployment}}:queue`;
}

/** Deliveries of a job whose handler throws, which it does only before the work has started. */
export const MAX_DELIVERIES = 4;

export function jobOptions(id: string): JobsOptions {
  return {
    jobId: id,
    attempts: MAX_DELIVERIES,
    backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    // The record is what is kept.
    removeOnComplete: true,
    removeOnFail: true,
  };
}

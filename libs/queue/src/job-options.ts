import type { JobsOptions } from 'bullmq';

/** The envelope carries the id only: what to run is in the record. */
export interface JobEnvelope {
  executionId: string;
}

export const QUEUE_NAME = 'execution';

/** One hash tag for all keys of a deployment: a Redis Cluster keeps them on one node. */
export function queuePrefix(deployment: string): string {
  return `{${deployment}}:queue`;
}

/** Deliveries of a job whose handler throws, which it does only before the program has started. */
export const MAX_DELIVERIES = 4;

export function jobOptions(executionId: string): JobsOptions {
  return {
    jobId: executionId,
    attempts: MAX_DELIVERIES,
    backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    // The record is what is kept.
    removeOnComplete: true,
    removeOnFail: true,
  };
}

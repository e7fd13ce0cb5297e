import { z } from 'zod';

const count = z.number().int().min(0);
const durationMs = z.number().min(0);

/** A recipe that a worker could not make an image of lately. */
export const ImageFailure = z.object({
  id: z.string(),
  message: z.string(),
  /** How long ago, when the worker said so. */
  agoMs: durationMs.default(0),
});
export type ImageFailure = z.infer<typeof ImageFailure>;

/** The Docker engine behind a worker. */
export const EngineStatus = z.object({
  available: z.boolean(),
  version: z.string().nullable(),
  images: count,
  /** Content id of the executor image as this engine has it; `null` = not known. */
  executorDigest: z.string().nullable().default(null),
  /** Why not, when it is not available. */
  message: z.string().nullable(),
});
export type EngineStatus = z.infer<typeof EngineStatus>;

/**
 * What a worker says of itself, every few seconds. It is gone when it stops saying so. Times are durations: the clocks of two machines
 * need not agree. Read from what another version of the service may have written: further fields are dropped, and what a version before
 * this one did not say has a default.
 */
export const WorkerStatus = z.object({
  id: z.string(),
  /** Of the process: another one with the same id has another. */
  instance: z.string().default(''),
  host: z.string(),
  pid: count,
  version: z.string().default('unknown'),
  /** What its operator calls it by: rack, zone, size. */
  labels: z.record(z.string(), z.string()).default({}),
  /** What `requires` of an execution may name. */
  tags: z.array(z.string()).default([]),
  uptimeMs: durationMs.default(0),
  slots: count,
  /** Executions that run. */
  running: count,
  /** Takes nothing more: it shuts down, or was asked to. */
  draining: z.boolean(),
  /** And nothing runs any more, image builds included. */
  drained: z.boolean().default(false),
  /** Sandboxes that are ready and unused, by kind. */
  pool: z.array(z.object({ kind: z.string(), ready: count })).default([]),
  engine: EngineStatus,
  /** Ids of recipes whose image its engine has. */
  images: z.array(z.string()).default([]),
  imageFailures: z.array(ImageFailure).default([]),
});
export type WorkerStatus = z.infer<typeof WorkerStatus>;

/** A worker as others see it. */
export interface KnownWorker extends WorkerStatus {
  /** Since it was heard, by the clock of the directory. */
  ageMs: number;
}

export type WorkerState = 'ready' | 'draining' | 'engine_down';

export function workerState({ draining, engine }: Pick<WorkerStatus, 'draining' | 'engine'>): WorkerState {
  if (draining) return 'draining';
  return engine.available ? 'ready' : 'engine_down';
}

import type { ExecutionRecord, QueuePlace, WorkerStatus } from '@gantry/contracts';
import type { Scheduler, WorkerDirectory } from './ports/index.js';

export interface QueueEstimate {
  /** 1 = next. */
  position: number;
  /** `null` = not known. */
  waitMs: number | null;
}

export interface EstimateDeps {
  scheduler: Pick<Scheduler, 'place'>;
  workers: WorkerDirectory;
}

/** Where an execution stands in the queue; `null` when it does not wait any more, or it can't be told now. */
export async function queueEstimate(
  deps: EstimateDeps,
  { id, status, requires }: Pick<ExecutionRecord, 'id' | 'status'> & { requires: readonly string[] },
): Promise<QueueEstimate | null> {
  if (status !== 'pending') return null;
  try {
    const [place, workers] = await Promise.all([deps.scheduler.place(id), deps.workers.list()]);
    return place && { position: place.ahead + 1, waitMs: estimatedWaitMs(place, slotsFor(requires, workers)) };
  } catch {
    // The record is what was asked for; an estimate must not cost it.
    return null;
  }
}

/** How many executions of this lane can run at once. Slots that other lanes use too count in full: it is an estimate. */
export function slotsFor(requires: readonly string[], workers: readonly WorkerStatus[]): number {
  const serving = workers.filter(
    ({ engine, draining, tags }) => engine.available && !draining && requires.every((tag) => tags.includes(tag)),
  );
  return serving.reduce((sum, { slots }) => sum + slots, 0);
}

/** As if all slots are taken and each is free again after half of the usual time. A tenant's cap may make it wait for its own. */
export function estimatedWaitMs({ ahead, ownAhead, meanRunMs, maxRunning }: QueuePlace, slots: number): number | null {
  if (meanRunMs === null || slots === 0) return null;
  const forAll = (ahead + 0.5) / slots;
  const forOwn = maxRunning === null ? 0 : (ownAhead + 0.5) / maxRunning;
  return Math.round(meanRunMs * Math.max(forAll, forOwn));
}

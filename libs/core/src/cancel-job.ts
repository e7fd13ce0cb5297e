import { isTerminal, type JobRecord } from '@gantry/contracts';
import type { JobQueue, JobStore } from './ports/index.js';

/**
 * Ends a waiting job at once, asks the worker of a running one to kill it. Safe to repeat; no effect on an ended one.
 * `null` when there is no such job for this tenant.
 */
export async function cancelJob<Request, Result>(
  deps: { store: Pick<JobStore<Request, Result>, 'cancel'>; queue: JobQueue },
  target: { id: string; tenant: string },
): Promise<JobRecord<Request, Result> | null> {
  const record = await deps.store.cancel(target.id, target.tenant);
  // A job that stays behind finds its record ended and is dropped: taking it out only keeps the queue's length honest.
  if (record && isTerminal(record.status)) await deps.queue.remove(target.id).catch(() => undefined);
  return record;
}

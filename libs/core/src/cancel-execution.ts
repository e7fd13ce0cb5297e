import { isTerminal, type ExecutionRecord } from '@gantry/contracts';
import type { ExecutionStore, JobQueue } from './ports/index.js';

/**
 * Ends a waiting execution at once, asks the worker of a running one to kill it. Safe to repeat; no effect on an ended one.
 * `null` when there is no such execution for this tenant.
 */
export async function cancelExecution(
  deps: { store: ExecutionStore; queue: JobQueue },
  target: { id: string; tenant: string },
): Promise<ExecutionRecord | null> {
  const record = await deps.store.cancel(target.id, target.tenant);
  // A job that stays behind finds its execution ended and is dropped: taking it out only keeps the queue's length honest.
  if (record && isTerminal(record.status)) await deps.queue.remove(target.id).catch(() => undefined);
  return record;
}

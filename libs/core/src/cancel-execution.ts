import type { ExecutionRecord } from '@gantry/contracts';
import { cancelJob } from './cancel-job.js';
import type { ExecutionStore, JobQueue } from './ports/index.js';

/** `cancelJob` of an execution. */
export function cancelExecution(
  deps: { store: ExecutionStore; queue: JobQueue },
  target: { id: string; tenant: string },
): Promise<ExecutionRecord | null> {
  return cancelJob(deps, target);
}

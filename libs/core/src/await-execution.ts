import type { ExecutionRecord, ExecutionRequest, ExecutionResult } from '@gantry/contracts';
import { awaitJob, submitAndAwaitJob, type AwaitJobDeps } from './await-job.js';
import { newExecutionId } from './execution-id.js';
import type { ExecutionStore } from './ports/index.js';
import { submitExecution, toExecutionRequest, type ExecutionOrder, type SubmitDeps } from './submit-execution.js';
import { unreadJob } from './unread-job.js';

export interface AwaitDeps extends AwaitJobDeps<ExecutionRequest, ExecutionResult> {
  store: ExecutionStore;
}

/**
 * The record, once it has ended or `waitMs` have passed, whichever is first. `null` when there is no such execution for this tenant.
 */
export function awaitExecution(
  deps: AwaitDeps,
  target: { id: string; tenant: string; waitMs: number },
  signal: AbortSignal,
): Promise<ExecutionRecord | null> {
  return awaitJob(deps, target, signal);
}

export interface RunOutcome {
  record: ExecutionRecord;
  created: boolean;
  /** The record is that of an equal execution before. */
  cached: boolean;
}

/** Submits and waits up to `waitMs` for the end; with 0 it only submits. */
export async function submitAndAwait(
  deps: SubmitDeps & AwaitDeps,
  order: ExecutionOrder,
  waitMs: number,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { tenant } = order;
  const unread = (id: string): ExecutionRecord => unreadExecution(deps, order, id);
  const target = { id: newExecutionId(deps.clock.now()), tenant, waitMs, unread };
  const submit = (): ReturnType<typeof submitExecution> => submitExecution(deps, order, target.id);
  const { record, submitted } = await submitAndAwaitJob(deps, target, submit, signal);
  return { record, created: submitted.created, cached: submitted.cached };
}

/** What stands for an accepted execution while its record cannot be read. */
export function unreadExecution(
  deps: Pick<SubmitDeps, 'runtimes' | 'rules' | 'clock'>,
  order: ExecutionOrder,
  id: string,
): ExecutionRecord {
  const request = toExecutionRequest(deps, order);
  return unreadJob({ id, tenant: order.tenant, request, createdAt: deps.clock.now() });
}

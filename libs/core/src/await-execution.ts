import { AppError, isTerminal, type ExecutionRecord } from '@gantry/contracts';
import { newExecutionId } from './execution-id.js';
import type { Clock, EndWatch, EventLog, ExecutionStore } from './ports/index.js';
import { submitExecution, type ExecutionOrder, type SubmitDeps } from './submit-execution.js';

export interface AwaitDeps {
  store: ExecutionStore;
  events: EventLog;
  clock: Clock;
}

/**
 * The record, once it has ended or `waitMs` have passed, whichever is first. `null` when there is no such execution for this tenant.
 */
export async function awaitExecution(
  deps: AwaitDeps,
  target: { id: string; tenant: string; waitMs: number },
  signal: AbortSignal,
): Promise<ExecutionRecord | null> {
  if (target.waitMs <= 0) return deps.store.get(target.id, target.tenant);
  await using watch = await deps.events.watchEnd(target.id);
  // Awaited here: the watch is closed when this function is left.
  return await awaitWatched(deps, target, watch, signal);
}

/** Looks at the record, then again whenever the watch says so, until it has ended or the time is over. */
async function awaitWatched(
  deps: AwaitDeps,
  target: { id: string; tenant: string; waitMs: number },
  watch: EndWatch,
  signal: AbortSignal,
): Promise<ExecutionRecord | null> {
  const deadline = deps.clock.monotonic() + target.waitMs;
  for (;;) {
    const record = await deps.store.get(target.id, target.tenant);
    const leftMs = deadline - deps.clock.monotonic();
    if (!record || isTerminal(record.status) || leftMs <= 0 || signal.aborted) return record;
    await watch.ended(leftMs, signal);
  }
}

export interface RunOutcome {
  record: ExecutionRecord;
  created: boolean;
}

/** Submits and waits up to `waitMs` for the end; with 0 it only submits. */
export async function submitAndAwait(
  deps: SubmitDeps & AwaitDeps,
  order: ExecutionOrder,
  waitMs: number,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const id = newExecutionId(deps.clock.now());
  // Listening starts before the job exists: a fast end can't be missed, and the record is read once, after it.
  await using watch = waitMs > 0 ? await deps.events.watchEnd(id) : null;
  const submitted = await submitExecution(deps, order, id);
  const target = { id: submitted.id, tenant: order.tenant, waitMs };
  let record: ExecutionRecord | null;
  if (watch && submitted.id === id) {
    const startedAt = deps.clock.monotonic();
    await watch.ended(waitMs, signal);
    const waitedMs = deps.clock.monotonic() - startedAt;
    record = await awaitWatched(deps, { ...target, waitMs: waitMs - waitedMs }, watch, signal);
  } else {
    record = await awaitExecution(deps, target, signal);
  }
  // Only an offer that another request made and could not get accepted vanishes.
  if (!record) throw new AppError('redis_unavailable', 'The queue did not take the execution; nothing was accepted');
  return { record, created: submitted.created };
}

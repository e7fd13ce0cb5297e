import { AppError, isTerminal, type JobRecord } from '@gantry/contracts';
import type { Clock, EndWatch, EventLog, JobStore } from './ports/index.js';
import { readOr } from './unread-job.js';

export interface AwaitJobDeps<Request, Result> {
  store: Pick<JobStore<Request, Result>, 'get'>;
  events: EventLog;
  clock: Clock;
  /** Awaited before long output is read into memory. */
  turn?: (() => Promise<void>) | undefined;
}

interface Target {
  id: string;
  tenant: string;
  waitMs: number;
}

/** The record, once it has ended or `waitMs` have passed, whichever is first. `null` when there is no such job for this tenant. */
export async function awaitJob<Request, Result>(
  deps: AwaitJobDeps<Request, Result>,
  target: Target,
  signal: AbortSignal,
): Promise<JobRecord<Request, Result> | null> {
  if (target.waitMs <= 0) return deps.store.get(target.id, target.tenant, deps.turn);
  await using watch = await deps.events.watchEnd(target.id);
  // Awaited here: the watch is closed when this function is left.
  return await awaitWatched(deps, target, watch, signal);
}

/** Looks at the record, then again whenever the watch says so, until it has ended or the time is over. */
async function awaitWatched<Request, Result>(
  deps: AwaitJobDeps<Request, Result>,
  target: Target,
  watch: EndWatch,
  signal: AbortSignal,
): Promise<JobRecord<Request, Result> | null> {
  const deadline = deps.clock.monotonic() + target.waitMs;
  for (;;) {
    const record = await deps.store.get(target.id, target.tenant, deps.turn);
    const leftMs = deadline - deps.clock.monotonic();
    if (!record || isTerminal(record.status) || leftMs <= 0 || signal.aborted) return record;
    await watch.ended(leftMs, signal);
  }
}

/** As `Target`; `unread` makes up the record of a job that was accepted and cannot be read afterwards. */
export interface SubmitTarget<Request, Result> extends Target {
  unread: (id: string) => JobRecord<Request, Result>;
}

/**
 * Submits the job with the id of `target` and waits up to `waitMs` for the end; with 0 it only submits. Throws only what `submit` throws, and
 * when nothing was accepted: a store that goes away while it waits ends the wait.
 */
export async function submitAndAwaitJob<Request, Result, Submitted extends { id: string }>(
  deps: AwaitJobDeps<Request, Result>,
  target: SubmitTarget<Request, Result>,
  submit: () => Promise<Submitted>,
  signal: AbortSignal,
): Promise<{ record: JobRecord<Request, Result>; submitted: Submitted }> {
  const { id, tenant, waitMs } = target;
  // Listening starts before the job exists: a fast end can't be missed, and the record is read once, after it.
  await using watch = waitMs > 0 ? await deps.events.watchEnd(id) : null;
  const submitted = await submit();
  const read = async (): Promise<JobRecord<Request, Result> | null> => {
    if (!watch || submitted.id !== id) return awaitJob(deps, { id: submitted.id, tenant, waitMs }, signal);
    const startedAt = deps.clock.monotonic();
    await watch.ended(waitMs, signal);
    const waitedMs = deps.clock.monotonic() - startedAt;
    return awaitWatched(deps, { ...target, waitMs: waitMs - waitedMs }, watch, signal);
  };
  const record = await readOr(read, () => target.unread(submitted.id));
  // Only an offer that another request made and could not get accepted vanishes.
  if (!record) throw new AppError('redis_unavailable', 'The queue did not take the job; nothing was accepted');
  return { record, submitted };
}

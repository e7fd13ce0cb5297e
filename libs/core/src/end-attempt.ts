import { messageOf, unranResult, type ExecutionRecord, type ExecutionResult } from '@gantry/contracts';
import { releaseInputFiles } from './input-files.js';
import type {
  AttemptStore,
  BlobStore,
  LastEvents,
  Logger,
  TenantStorage,
  TraceContext,
  Tracer,
} from './ports/index.js';
import { rememberResult, type RememberDeps } from './result-cache.js';
import type { StartedAttempt } from './start-attempt.js';
import { SPAN } from './tracing/span-names.js';

/** For metrics and the log. */
export interface Finished {
  record: ExecutionRecord;
  result: ExecutionResult;
  acquireMs: number;
  queueMs: number;
  attempt: number;
  /** The span of all this; `null` = not traced. */
  trace: TraceContext | null;
}

/** Writes the end of an attempt; `null` when it was no longer ours to write. */
export async function endAttempt(
  deps: RememberDeps & { attempts: AttemptStore; blobs: BlobStore; storage: TenantStorage; tracer: Tracer },
  run: { record: ExecutionRecord; started: StartedAttempt; acquireMs: number },
  { result, last }: { result: ExecutionResult; last?: LastEvents | undefined },
): Promise<Finished | null> {
  const { record, started, acquireMs } = run;
  const { attempt } = started;
  if (result.reason === 'worker_lost' && attempt <= record.request.retryOnWorkerLost) return handOn(deps, run, result);
  // Before the end is told, so that whoever has been told it finds it. A result counts only once the record says so.
  await rememberResult(deps, record, result);
  const ours = await deps.tracer.span(SPAN.writeEnd, {}, () => deps.attempts.finish(record.id, attempt, result, last));
  // What can't be given up now expires. What is to be tried again needs them.
  if (record.request.files.length > 0 && (ours || record.request.retryOnWorkerLost === 0))
    await releaseInputFiles(deps, record.request.files, record).catch(() => undefined);
  if (!ours) deps.logger.warn({ executionId: record.id, attempt }, 'the end of a stale attempt was refused');
  const queueMs = started.startedAt - started.createdAt;
  return ours ? { record, result, acquireMs, queueMs, attempt, trace: null } : null;
}

/** Its worker had to go, and it may be started again: elsewhere, and at once. `null` unless somebody has cancelled it meanwhile. */
async function handOn(
  deps: { attempts: AttemptStore; logger: Logger },
  { record, started, acquireMs }: { record: ExecutionRecord; started: StartedAttempt; acquireMs: number },
  result: ExecutionResult,
): Promise<Finished | null> {
  const { attempt, startedAt, createdAt } = started;
  const outcome = await deps.attempts.lose(record.id, result, attempt);
  deps.logger.info({ executionId: record.id, attempt, outcome }, 'handed back what could not end here');
  const ended = { record, result, acquireMs, queueMs: startedAt - createdAt, attempt, trace: null };
  return outcome === 'ended' ? ended : null;
}

/** The end of an execution whose sandbox threw. */
export function brokenResult(
  deps: { logger: Logger },
  run: { record: ExecutionRecord; signal: AbortSignal },
  error: unknown,
): ExecutionResult {
  deps.logger.error({ err: error, executionId: run.record.id }, 'the sandbox broke');
  if (run.signal.reason === 'cancelled') return unranResult('cancelled', 'cancelled', 'Cancelled while it was running');
  return unranResult('failed', 'internal_error', `The sandbox broke: ${messageOf(error)}`);
}

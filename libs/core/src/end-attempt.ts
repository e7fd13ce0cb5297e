import { messageOf, unranResult, type ExecutionRecord, type ExecutionResult } from '@gantry/contracts';
import { releaseInputFiles } from './input-files.js';
import type { AttemptStore, BlobStore, LastEvents, Logger } from './ports/index.js';
import { rememberResult, type RememberDeps } from './result-cache.js';
import type { StartedAttempt } from './start-attempt.js';

/** For metrics and the log. */
export interface Finished {
  record: ExecutionRecord;
  result: ExecutionResult;
  acquireMs: number;
  queueMs: number;
  attempt: number;
}

/** Writes the end of an attempt; `null` when it was no longer ours to write. */
export async function endAttempt(
  deps: RememberDeps & { attempts: AttemptStore; blobs: BlobStore },
  run: { record: ExecutionRecord; started: StartedAttempt; acquireMs: number },
  { result, last }: { result: ExecutionResult; last?: LastEvents | undefined },
): Promise<Finished | null> {
  const { record, started, acquireMs } = run;
  const { attempt } = started;
  // Before the end is told, so that whoever has been told it finds it. A result counts only once the record says so.
  await rememberResult(deps, record, result);
  const ours = await deps.attempts.finish(record.id, attempt, result, last);
  // What can't be given up now expires.
  if (record.request.files.length > 0)
    await releaseInputFiles(deps.blobs, record.request.files, record.id).catch(() => undefined);
  if (!ours) deps.logger.warn({ executionId: record.id, attempt }, 'the end of a stale attempt was refused');
  return ours ? { record, result, acquireMs, queueMs: started.startedAt - started.createdAt, attempt } : null;
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

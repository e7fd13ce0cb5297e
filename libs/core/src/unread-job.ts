import { AppError, type ErrorCode, type JobRecord } from '@gantry/contracts';

/** As much as is known of a job that was accepted and cannot be read now: whoever asked for it must be told its id, not that it was refused. */
export function unreadJob<Request, Result>(job: {
  id: string;
  tenant: string;
  request: Request;
  createdAt: number;
}): JobRecord<Request, Result> {
  return {
    ...job,
    status: 'pending',
    attempt: 0,
    worker: null,
    cancelRequested: false,
    startedAt: null,
    finishedAt: null,
    result: null,
    traceparent: null,
    tracestate: null,
  };
}

const UNREADABLE: ReadonlySet<ErrorCode> = new Set(['redis_unavailable', 'redis_full']);

/** Whether what threw this in place of an answer may have been done all the same. */
export function mayBeDone(error: unknown): boolean {
  return !(error instanceof AppError) || UNREADABLE.has(error.code);
}

/** Reads the record of an accepted job; when it cannot be read now, what `unread` makes up stands for it. Other errors pass. */
export async function readOr<Read>(read: () => Promise<Read>, unread: () => Read): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && UNREADABLE.has(error.code)) return unread();
    throw error;
  }
}

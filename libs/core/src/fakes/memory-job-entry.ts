import type { ExecutionEvent, JobRecord } from '@gantry/contracts';
import type { NewJob } from '../ports/index.js';

/** A job in memory with all that its record does not tell. */
export interface Entry<Request, Result> {
  record: JobRecord<Request, Result>;
  job: NewJob<Request>;
  accepted: boolean;
  deadline: number;
  leaseUntil: number;
  nonce: string;
  /** Of an execution that a worker has taken but not started. */
  claim: { nonce: string; until: number; tag: number } | null;
  /** Before it waits again. */
  heldUntil: number | null;
  place: number;
  failures: number;
  endedBy: number | string | null;
  wrote: number;
  events: ExecutionEvent[];
}

export function newEntry<Request, Result>(job: NewJob<Request>, createdAt: number): Entry<Request, Result> {
  const { id, tenant, request, acceptWithinMs } = job;
  const record: JobRecord<Request, Result> = {
    id,
    tenant,
    request: structuredClone(request),
    status: 'pending',
    attempt: 0,
    worker: null,
    cancelRequested: false,
    createdAt,
    startedAt: null,
    finishedAt: null,
    result: null,
    traceparent: job.trace?.traceparent ?? null,
    tracestate: job.trace?.tracestate ?? null,
    webhook: job.webhook ? { host: job.webhook.host, state: 'waiting' } : null,
  };
  return {
    record,
    job,
    accepted: false,
    deadline: createdAt + acceptWithinMs,
    leaseUntil: 0,
    nonce: '',
    claim: null,
    heldUntil: null,
    place: 0,
    failures: 0,
    endedBy: null,
    wrote: 0,
    events: [],
  };
}

export function isRunning({ record }: Pick<Entry<unknown, unknown>, 'record'>, attempt: number): boolean {
  return record.status === 'running' && record.attempt === attempt;
}

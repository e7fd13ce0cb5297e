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
  endedBy: number | null;
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
  };
  return {
    record,
    job,
    accepted: false,
    deadline: createdAt + acceptWithinMs,
    leaseUntil: 0,
    nonce: '',
    endedBy: null,
    wrote: 0,
    events: [],
  };
}

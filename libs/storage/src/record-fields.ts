import { EMPTY_OUTPUT, type JobRecord, type Status, type WebhookState } from '@gantry/contracts';
import type { JobFamily } from './job-family.js';

/** How a record lies in its hash: what is large has a field of its own, so that lists need not read it. */

const SMALL = [
  'tenant',
  'status',
  'spec',
  'att',
  'worker',
  'cancel',
  'created',
  'started',
  'finished',
  'result',
  'traceparent',
  'tracestate',
  'hookhost',
  'hookstate',
] as const;
const LARGE = ['code', 'stdin', 'stdout', 'stderr'] as const;

export const SUMMARY_FIELDS: readonly string[] = SMALL;
export const ALL_FIELDS: readonly string[] = [...SMALL, ...LARGE];

export const EMPTY_OUTPUT_FIELD = JSON.stringify(EMPTY_OUTPUT);

/** @param values as HMGET answers for SUMMARY_FIELDS or ALL_FIELDS, in that order */
export function decodeRecord<Request, Result>(
  family: JobFamily<Request, Result>,
  id: string,
  values: readonly (string | null)[],
): JobRecord<Request, Result> | null {
  const [tenant, status, spec, att, worker, cancel, created, started, finished, result] = values;
  const [traceparent, tracestate, hookHost, hookState, code, stdin, stdout, stderr] = values.slice(
    SMALL.indexOf('traceparent'),
  );
  if (tenant == null || status == null || spec == null) return null;
  return {
    id,
    tenant,
    status: status as Status,
    request: family.decodeRequest(spec, code ?? '', stdin ?? ''),
    attempt: Number(att ?? 0),
    worker: worker ?? null,
    cancelRequested: cancel === '1',
    createdAt: Number(created),
    startedAt: started == null ? null : Number(started),
    finishedAt: finished == null ? null : Number(finished),
    result: result == null ? null : family.decodeResult(result, stdout ?? null, stderr ?? null),
    traceparent: traceparent ?? null,
    tracestate: tracestate ?? null,
    webhook: hookHost == null ? null : { host: hookHost, state: hookState as WebhookState },
  };
}

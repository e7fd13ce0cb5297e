import {
  EMPTY_OUTPUT,
  type ExecutionRecord,
  type ExecutionRequest,
  type ExecutionResult,
  type OutputText,
  type Status,
} from '@gantry/contracts';

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
] as const;
const LARGE = ['code', 'stdin', 'stdout', 'stderr'] as const;

export const SUMMARY_FIELDS: readonly string[] = SMALL;
export const ALL_FIELDS: readonly string[] = [...SMALL, ...LARGE];

type Spec = Omit<ExecutionRequest, 'code' | 'stdin'>;
type StoredResult = Omit<ExecutionResult, 'stdout' | 'stderr'>;

export function encodeRequest(request: ExecutionRequest): { spec: string; code: string; stdin: string } {
  const { code, stdin, ...spec } = request;
  return { spec: JSON.stringify(spec), code, stdin };
}

export function encodeResult(result: ExecutionResult): { result: string; stdout: string; stderr: string } {
  const { stdout, stderr, ...rest } = result;
  return { result: JSON.stringify(rest), stdout: JSON.stringify(stdout), stderr: JSON.stringify(stderr) };
}

export const EMPTY_OUTPUT_FIELD = JSON.stringify(EMPTY_OUTPUT);

/** @param values as HMGET answers for SUMMARY_FIELDS or ALL_FIELDS, in that order */
export function decodeRecord(id: string, values: readonly (string | null)[]): ExecutionRecord | null {
  const [tenant, status, spec, att, worker, cancel, created, started, finished, result, code, stdin, stdout, stderr] =
    values;
  if (tenant == null || status == null || spec == null) return null;
  return {
    id,
    tenant,
    status: status as Status,
    request: { ...(JSON.parse(spec) as Spec), code: code ?? '', stdin: stdin ?? '' },
    attempt: Number(att ?? 0),
    worker: worker ?? null,
    cancelRequested: cancel === '1',
    createdAt: Number(created),
    startedAt: started == null ? null : Number(started),
    finishedAt: finished == null ? null : Number(finished),
    result: result == null ? null : decodeResult(result, stdout, stderr),
  };
}

function decodeResult(
  result: string,
  stdout: string | null | undefined,
  stderr: string | null | undefined,
): ExecutionResult {
  const output = (field: string | null | undefined): OutputText =>
    field == null ? EMPTY_OUTPUT : (JSON.parse(field) as OutputText);
  return { ...(JSON.parse(result) as StoredResult), stdout: output(stdout), stderr: output(stderr) };
}

import { WorkerStatus } from '@gantry/contracts';

/** What stands in the directory for one worker. */
export interface WorkerEntry {
  /** When it ends and when it was written, by the Redis server's clock; `NaN` = can't be told. */
  until: number;
  said: number;
  /** `null` = not a status that this version understands. */
  status: WorkerStatus | null;
  /** Why not. */
  fault: string;
}

/** Never throws: another version of the service may have written it. */
export function readWorkerEntry(text: string, ttlMs: number): WorkerEntry {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { until: Number.NaN, said: Number.NaN, status: null, fault: 'not JSON' };
  }
  const fields = (typeof raw === 'object' ? raw : null) as Record<string, unknown> | null;
  const until = typeof fields?.['until'] === 'number' ? fields['until'] : Number.NaN;
  // A version before this one did not say when it wrote.
  const said = typeof fields?.['said'] === 'number' ? fields['said'] : until - ttlMs;
  const parsed = WorkerStatus.safeParse(fields?.['status']);
  if (parsed.success) return { until, said, status: parsed.data, fault: '' };
  const [issue] = parsed.error.issues;
  return { until, said, status: null, fault: `status.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` };
}

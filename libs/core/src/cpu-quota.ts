import { AppError } from '@gantry/contracts';

/** @param outcome what the store said; times in ms, `retryMs` from now on by its clock */
export function cpuQuotaExceeded(
  { spentMs, resetsAt, retryMs }: { spentMs: number; resetsAt: number; retryMs: number },
  allowedMs: number,
): AppError {
  const [spent, allowed] = [spentMs / 1000, allowedMs / 1000];
  return new AppError('cpu_quota_exceeded', `You used ${spent} of ${allowed} s of processor time today`, {
    retryAfterSeconds: Math.max(1, Math.ceil(retryMs / 1000)),
    quota: { limit: 'cpu_seconds_per_day', allowed, current: spent, resetsAt },
  });
}

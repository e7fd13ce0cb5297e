import type { DayUsage, DayUsageView, TenantUsage, TenantUsageView } from '@gantry/contracts';
import type { DefaultLimits } from '@gantry/core';

const DAY_MS = 86_400_000;

/** @param limits of who asks; `null` = somebody else asks */
export function toTenantUsageView(tenant: string, usage: TenantUsage, limits: DefaultLimits | null): TenantUsageView {
  const { days, queued, running, storage } = usage;
  const [today = emptyDay(0)] = days;
  return {
    tenant,
    today: toDayView(today),
    days: days.map(toDayView),
    now: { queued, running },
    stored: {
      bytes: storage.fileBytes + storage.keptBytes,
      file_bytes: storage.fileBytes,
      kept_bytes: storage.keptBytes,
    },
    limits: limits && toLimitsView(limits),
    resets_at: new Date((today.day + 1) * DAY_MS).toISOString(),
  };
}

export function toDayView({ day, ended, cpuMs, runMs }: DayUsage): DayUsageView {
  const { completed, failed, timeout, cancelled } = ended;
  return {
    date: new Date(day * DAY_MS).toISOString().slice(0, 10),
    executions: { total: completed + failed + timeout + cancelled, completed, failed, timeout, cancelled },
    cpu_seconds: cpuMs / 1000,
    run_seconds: runMs / 1000,
  };
}

function toLimitsView(limits: DefaultLimits): NonNullable<TenantUsageView['limits']> {
  return {
    requests_per_second: limits.requestsPerSecond,
    request_burst: limits.requestBurst,
    max_running: limits.maxRunning,
    max_queued: limits.maxQueued,
    cpu_seconds_per_day: limits.cpuSecondsPerDay,
    storage_bytes: limits.storageBytes,
  };
}

function emptyDay(day: number): DayUsage {
  return { day, ended: { completed: 0, failed: 0, timeout: 0, cancelled: 0 }, cpuMs: 0, runMs: 0 };
}

import { z } from 'zod';

export const DayUsageView = z.strictObject({
  date: z.string().describe('YYYY-MM-DD, UTC'),
  executions: z.strictObject({
    total: z.number(),
    completed: z.number(),
    failed: z.number(),
    timeout: z.number(),
    cancelled: z.number(),
  }),
  cpu_seconds: z.number(),
  run_seconds: z.number().describe('Wall time of the programs.'),
});
export type DayUsageView = z.infer<typeof DayUsageView>;

const limit = z.number().nullable();

/** `GET /usage`: what the tenant used, by the day on which executions ended. */
export const TenantUsageView = z.strictObject({
  tenant: z.string(),
  today: DayUsageView,
  days: z
    .array(DayUsageView)
    .describe('The last 30 days and today, newest first; days without executions are left out.'),
  now: z.strictObject({ queued: z.number(), running: z.number() }),
  stored: z.strictObject({
    bytes: z.number(),
    file_bytes: z.number().describe('Uploaded files.'),
    kept_bytes: z.number().describe('Artifacts, and files that came with requests.'),
  }),
  limits: z
    .strictObject({
      requests_per_second: limit,
      request_burst: limit,
      max_running: limit,
      max_queued: limit,
      cpu_seconds_per_day: limit,
      storage_bytes: limit,
    })
    .nullable()
    .describe('Of the key that asks; null = no limit. For an administrator who asks about another tenant: null.'),
  resets_at: z.string().describe('When the day ends: RFC 3339, UTC.'),
});
export type TenantUsageView = z.infer<typeof TenantUsageView>;

/** `GET /admin/usage` without a tenant. */
export const UsageOverview = z.strictObject({
  tenants: z
    .array(z.strictObject({ tenant: z.string(), today: DayUsageView }))
    .describe('Those with an ended execution in the last 30 days, the latest first; at most 1000.'),
});
export type UsageOverview = z.infer<typeof UsageOverview>;

import { z } from 'zod';

/** RFC 9457 problem details, the body of every 4xx and 5xx. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  instance: z.string().describe('The id of this request, as in the X-Request-Id header.'),
  code: z.string().describe('Stable; meant for programs.'),
  suggestion: z.string(),
  retryable: z.boolean(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  quota: z
    .strictObject({
      limit: z.string().describe('Which limit said no, such as cpu_seconds_per_day.'),
      allowed: z.number(),
      current: z.number(),
      resets_at: z.string().nullable().describe('RFC 3339; null where it depends on what you do.'),
    })
    .optional()
    .describe('With the status 429.'),
});
export type Problem = z.infer<typeof Problem>;

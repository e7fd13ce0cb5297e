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
});
export type Problem = z.infer<typeof Problem>;

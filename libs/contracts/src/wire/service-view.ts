import { z } from 'zod';

/** `GET /health`, with the fields of the reference contract and ours. */
export const HealthView = z.strictObject({
  status: z.enum(['healthy', 'unhealthy']),
  docker_available: z.boolean(),
  redis_available: z.boolean(),
  timestamp: z.number().describe('Epoch seconds.'),
  active_containers: z.number().describe('Executions running now on all workers.'),
  available_images: z.number(),
  workers: z.number(),
  version: z.string(),
  redis_problems: z
    .array(z.string())
    .optional()
    .describe('Why Redis can lose what was accepted; left out when nothing is wrong.'),
});
export type HealthView = z.infer<typeof HealthView>;

/** `GET /readyz`: which part is missing. */
export const ReadinessView = z.strictObject({
  ready: z.boolean(),
  checks: z.record(z.string(), z.strictObject({ ok: z.boolean(), message: z.string().nullable() })),
});
export type ReadinessView = z.infer<typeof ReadinessView>;

export const RuntimeView = z.strictObject({
  name: z.string(),
  aliases: z.array(z.string()),
  version: z.string(),
  extensions: z.array(z.string()).describe('File name endings that tell it, with the dot.'),
  file_name: z.string(),
  compiled: z.boolean(),
  package_manager: z.string().nullable(),
  image: z
    .enum(['ready', 'on_first_use', 'unavailable'])
    .describe('on_first_use: its image is made when it is first asked for.'),
  image_reason: z.string().nullable().describe('Why it is unavailable.'),
  image_id: z.string().nullable().describe('Null: the image that every worker has.'),
});
export const RuntimeList = z.strictObject({ runtimes: z.array(RuntimeView) });
export type RuntimeList = z.infer<typeof RuntimeList>;

export const CancelView = z.strictObject({
  execution_id: z.string(),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled']),
  cancel_requested: z.boolean(),
});
export type CancelView = z.infer<typeof CancelView>;

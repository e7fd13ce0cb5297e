import { z } from 'zod';
import { DEFAULT_PRIORITY, MAX_PRIORITY, MAX_REQUIRES, MAX_RETRIES, TAG_PATTERN } from '../schedule.js';

export const Requires = z
  .array(z.string().regex(TAG_PATTERN, 'must be 1 to 32 of a-z 0-9 . _ -, beginning with a letter or digit'))
  .max(MAX_REQUIRES)
  .default([])
  .describe('Tags that the worker must have, all of them, e.g. ["gpu"].');

export const Priority = z
  .int()
  .min(0)
  .max(MAX_PRIORITY)
  .default(DEFAULT_PRIORITY)
  .describe('Among your own executions; 9 is served first. Other tenants are not affected.');

export const Retry = z
  .strictObject({
    on_worker_lost: z
      .int()
      .min(0)
      .max(MAX_RETRIES)
      .default(0)
      .describe('How often more it is started, from the beginning, when its worker is lost while it runs.'),
  })
  .default({ on_worker_lost: 0 })
  .describe('For programs that may run twice. Not with "stdin": "stream".');

export const QueueView = z.strictObject({
  position: z.number().describe('1 = next.'),
  estimated_wait_seconds: z.number().nullable().describe('Null: not known.'),
});
export type QueueView = z.infer<typeof QueueView>;

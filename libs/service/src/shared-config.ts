import { z } from 'zod';
import { integer } from './load-config.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Variables that every process of a deployment understands, and must agree on. */
export const sharedConfigShape = {
  REDIS_URL: z
    .string()
    .default('redis://127.0.0.1:6379')
    .refine((url) => /^rediss?:\/\//.test(url), 'must start with redis:// or rediss://'),
  DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower case letters, digits or -')
    .default('gantry'),
  RETENTION_SECONDS: integer(86_400, 1, 31_536_000),
  MAX_EVENT_LOG_BYTES: integer(64 * 1024 * 1024, 1024 * 1024, 1024 * 1024 * 1024),
  RUNTIMES_DIR: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
};

import { parseRedisUrl } from '@gantry/contracts';
import { z } from 'zod';
import { flag, integer } from './load-config.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Variables that every process of a deployment understands, and must agree on. */
export const sharedConfigShape = {
  REDIS_URL: z.string().default('redis://127.0.0.1:6379').superRefine(checkRedisUrl),
  /** PEM. */
  REDIS_CA: z
    .string()
    .regex(/-----BEGIN CERTIFICATE-----/, 'must hold a certificate in PEM form')
    .optional(),
  REDIS_STRICT: flag(false),
  DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower case letters, digits or -')
    .default('gantry'),
  RETENTION_SECONDS: integer(86_400, 1, 31_536_000),
  MAX_EVENT_LOG_BYTES: integer(64 * 1024 * 1024, 1024 * 1024, 1024 * 1024 * 1024),
  RUNTIMES_DIR: z.string().optional(),
  /** Tenants with time series of their own; the others share one. */
  MAX_TENANT_LABELS: integer(100, 0, 10_000),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
};

/** Never repeats what was given, which has a password in it. */
function checkRedisUrl(url: string, context: z.RefinementCtx<string>): void {
  const parsed = parseRedisUrl(url);
  if ('fault' in parsed) context.addIssue({ code: 'custom', message: parsed.fault });
}

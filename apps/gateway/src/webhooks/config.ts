import { decimal, flag, integer, list } from '@gantry/service';
import { z } from 'zod';
import { isNetwork } from './address-rules.js';

const KEY_BYTES = 32;

/** The part of the gateway's environment that is about webhooks. */
export const webhookConfigShape = {
  /** Send them, and take requests that have one. */
  WEBHOOKS: flag(true),
  /** 32 bytes in base64 by which secrets are kept; further ones, after commas, only read. */
  WEBHOOK_SECRET_KEY: list([]).pipe(
    z.array(
      z
        .string()
        .refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES, `must be ${KEY_BYTES} bytes in base64`),
    ),
  ),
  WEBHOOK_ALLOW_HTTP: flag(false),
  /** Networks that are not public and may be sent to all the same. */
  WEBHOOK_ALLOWED_NETWORKS: list([]).pipe(
    z.array(z.string().refine(isNetwork, 'must be networks such as 10.1.0.0/16 or fd00::/8')),
  ),
  /** Ends of one tenant that are to be told and have not been, and jobs with a webhook that have not ended. */
  MAX_WEBHOOKS_PER_TENANT: integer(10_000, 1, 10_000_000),
  WEBHOOK_TIMEOUT_SECONDS: decimal(10, 0.1, 60),
  /** Waits before each repeat. */
  WEBHOOK_RETRY_SECONDS: list(['5', '30', '120', '600', '1800', '7200', '21600']).pipe(
    z
      .array(
        z
          .string()
          .regex(/^\d+(\.\d+)?$/, 'must be numbers')
          .transform(Number)
          .pipe(z.number().min(0).max(604_800)),
      )
      .max(20),
  ),
};

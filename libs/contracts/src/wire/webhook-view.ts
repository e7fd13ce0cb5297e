import { z } from 'zod';
import { WEBHOOK_FAULTS, WEBHOOK_STATES } from '../webhook.js';

const time = z.string().describe('RFC 3339, UTC');

/** As a job tells it: never headers, path or query. */
export const WebhookView = z.strictObject({
  url_host: z.string().describe('Host and port.'),
  status: z
    .enum(WEBHOOK_STATES)
    .describe('waiting: for the end of the job; pending: delivering, or to be tried again.'),
});
export type WebhookView = z.infer<typeof WebhookView>;

export const WebhookDeliveries = z.strictObject({
  webhook_id: z.string().describe('As the header webhook-id has it, the same at every attempt.'),
  ...WebhookView.shape,
  attempt_count: z.number(),
  attempts: z
    .array(
      z.strictObject({
        at: time,
        duration_seconds: z.number(),
        http_status: z.number().nullable().describe('Of the answer; null when there was none.'),
        error: z.enum(WEBHOOK_FAULTS).nullable().describe('Null: delivered.'),
        next_attempt_at: time.nullable(),
      }),
    )
    .describe('The last 50, oldest first.'),
});
export type WebhookDeliveries = z.infer<typeof WebhookDeliveries>;

export const WebhookSecretView = z.strictObject({
  name: z.string(),
  created_at: time,
  previous_valid_until: time.nullable().describe('Until then the secret before signs too.'),
});
export type WebhookSecretView = z.infer<typeof WebhookSecretView>;

export const WebhookSecretStored = WebhookSecretView.extend({
  secret: z.string().nullable().describe('The new one, told only here; null when you gave it.'),
});
export type WebhookSecretStored = z.infer<typeof WebhookSecretStored>;

export const WebhookSecretList = z.strictObject({ secrets: z.array(WebhookSecretView) });
export type WebhookSecretList = z.infer<typeof WebhookSecretList>;

export const WebhookSecretDeleted = z.strictObject({ name: z.string(), deleted: z.literal(true) });
export type WebhookSecretDeleted = z.infer<typeof WebhookSecretDeleted>;

import type {
  Webhook,
  WebhookDeliveries,
  WebhookLog,
  WebhookRequest,
  WebhookSecretFacts,
  WebhookSecretView,
  WebhookStatus,
  WebhookView,
} from '@gantry/contracts';
import { webhookIdOf } from '@gantry/core';

const isoTime = (ms: number): string => new Date(ms).toISOString();
const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

export function toWebhook(request: WebhookRequest | null | undefined): Webhook | null {
  return request ? { url: request.url, secretName: request.secret_name ?? null, headers: request.headers } : null;
}

export function toWebhookView(webhook: WebhookStatus | null | undefined): WebhookView | null {
  return webhook ? { url_host: webhook.host, status: webhook.state } : null;
}

export function toWebhookDeliveries(jobId: string, log: WebhookLog): WebhookDeliveries {
  return {
    webhook_id: webhookIdOf(jobId),
    url_host: log.host,
    status: log.state,
    attempt_count: log.attemptCount,
    attempts: log.attempts.map((attempt) => ({
      at: isoTime(attempt.at),
      duration_seconds: attempt.durationMs / 1000,
      http_status: attempt.httpStatus,
      error: attempt.fault,
      next_attempt_at: isoTimeOrNull(attempt.nextAt),
    })),
  };
}

export function toSecretView({ name, createdAt, previousUntil }: WebhookSecretFacts): WebhookSecretView {
  return { name, created_at: isoTime(createdAt), previous_valid_until: isoTimeOrNull(previousUntil) };
}

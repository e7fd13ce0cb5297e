import { AppError, type Webhook } from '@gantry/contracts';
import type { WebhookOrder, WebhookSecretStore } from '../ports/index.js';

/** Receivers that fail are tried again within minutes at first. */
const RETRY_AFTER_SECONDS = 30;

/** What decides whether a webhook can be had. */
export interface WebhookRules {
  secrets: WebhookSecretStore;
  /** Why this deployment does not send to this URL, whatever its name leads to; `null` = it may. */
  urlFault: (url: URL) => string | null;
  /** Of one tenant: those whose job has not ended, and those that are not delivered yet. */
  maxPending: number;
}

/** The webhook as it is kept with the job, or an error that names the field. Where its name leads to is looked up when it is sent. */
export async function admitWebhook(
  rules: WebhookRules | null | undefined,
  tenant: string,
  order: { webhook?: Webhook | null | undefined; about: WebhookOrder['about'] },
): Promise<WebhookOrder | null> {
  const { webhook, about } = order;
  if (!webhook) return null;
  if (!rules) throw new AppError('webhooks_disabled', 'This service sends no webhooks');
  const url = new URL(webhook.url);
  const fault = rules.urlFault(url);
  if (fault !== null) throw refused('webhook.url', fault);
  const { secretName } = webhook;
  if (secretName !== null && !(await rules.secrets.get(tenant, secretName)))
    throw refused('webhook.secret_name', 'is not one of your secrets; see PUT /webhook-secrets/{name}');
  return { ...webhook, host: url.host, about };
}

/** No to one more, until some have been told. */
export function tooManyWebhooks(current: number, allowed: number): AppError {
  return new AppError('too_many_webhooks', `${current} ends of yours are still to be told; ${allowed} are the most`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    quota: { limit: 'webhooks', allowed, current, resetsAt: null },
  });
}

function refused(path: string, message: string): AppError {
  return new AppError('invalid_request', `${path} ${message}`, { fields: [{ path, message }] });
}

import type { WebhookAttempt } from '@gantry/contracts';
import type { Clock, DueWebhook, Logger, SendOutcome, WebhookSender, WebhookStore } from '../ports/index.js';
import { signingSecrets, type WebhookSecretDeps } from './manage-webhook-secrets.js';
import { retryDelay } from './retry-schedule.js';
import { signedHeaders } from './sign-webhook.js';
import { webhookBody, webhookIdOf } from './webhook-body.js';

export interface DeliverDeps extends WebhookSecretDeps {
  webhooks: WebhookStore;
  sender: WebhookSender;
  clock: Clock;
  logger: Logger;
  /** Waits before each repeat, ms. */
  retrySchedule: readonly number[];
  userAgent: string;
  /** For metrics. */
  onAttempt?: (result: DeliveryResult, durationMs: number) => void;
}

export type DeliveryResult = 'delivered' | 'failed' | 'retry';

/**
 * Tells a receiver of an end, once, and writes down what came of it. Throws the reason of `signal`, and when nothing can be written: it is then
 * given back, or is after its lease. So a receiver may hear of an end twice, never not at all.
 * @returns how long until it is due again, ms; `null` = it is not
 */
export async function deliverWebhook(
  deps: DeliverDeps,
  due: DueWebhook,
  { nonce, signal }: { nonce: string; signal: AbortSignal },
): Promise<number | null> {
  const at = deps.clock.now();
  const startedAt = deps.clock.monotonic();
  const outcome = await send(deps, due, signal);
  const tries = due.tries + 1;
  const delayMs = retryDelay(outcome, { tries, schedule: deps.retrySchedule, random: Math.random() });
  const state = outcome.fault === null ? 'delivered' : delayMs === null ? 'failed' : 'retry';
  const attempt: WebhookAttempt = {
    at,
    durationMs: Math.round(deps.clock.monotonic() - startedAt),
    httpStatus: outcome.httpStatus,
    fault: outcome.fault,
    nextAt: delayMs === null ? null : deps.clock.now() + delayMs,
  };
  const end = state === 'retry' ? ({ state, delayMs: delayMs ?? 0 } as const) : ({ state } as const);
  const isOurs = await deps.webhooks.settle(due.id, nonce, { ...end, attempt });
  deps.onAttempt?.(state, attempt.durationMs);
  const { httpStatus, fault, detail } = outcome;
  const facts = { jobId: due.id, host: due.webhook.host, tries, httpStatus, fault, detail };
  if (state === 'failed') deps.logger.warn(facts, 'webhook given up');
  else deps.logger.debug(facts, state === 'delivered' ? 'webhook delivered' : 'webhook to be tried again');
  return isOurs ? delayMs : null;
}

async function send(deps: DeliverDeps, due: DueWebhook, signal: AbortSignal): Promise<SendOutcome> {
  const { url, secretName, headers } = due.webhook;
  const secrets = secretName === null ? [] : await signingSecrets(deps, due.tenant, secretName);
  if (secrets === null) return { httpStatus: null, fault: 'signing_failed', retryAfterMs: null };
  const body = webhookBody(due);
  const message = { id: webhookIdOf(due.id), body, nowMs: deps.clock.now() };
  const own = { 'content-type': 'application/json', 'user-agent': deps.userAgent, ...lowerCase(headers) };
  return deps.sender.send({ url, headers: { ...own, ...signedHeaders(message, secrets) }, body }, signal);
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

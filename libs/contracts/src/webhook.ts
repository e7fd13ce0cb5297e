/** What a client wants to be told of the end of a job, and where. */
export interface Webhook {
  url: string;
  /** Of the tenant's secrets, by which it is signed; `null` = it is not. */
  secretName: string | null;
  headers: Record<string, string>;
}

/** `waiting`: the job has not ended. `pending`: it is being delivered, or will be tried again. */
export const WEBHOOK_STATES = ['waiting', 'pending', 'delivered', 'failed'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** As the job itself tells it. */
export interface WebhookStatus {
  /** Host and port; the rest of the URL may be a secret. */
  host: string;
  state: WebhookState;
}

/**
 * Why an attempt did not deliver. `http_status`: the receiver refused; `redirect`: it sent us elsewhere, where we do not go; `name_not_found`:
 * there is none, or it leads to a network that is off limits; `address_refused`: it is an address of such a network; `signing_failed`: the secret is gone or cannot be read.
 */
export const WEBHOOK_FAULTS = [
  'http_status',
  'redirect',
  'timeout',
  'name_not_found',
  'address_refused',
  'connection_failed',
  'tls_failed',
  'signing_failed',
] as const;
export type WebhookFault = (typeof WEBHOOK_FAULTS)[number];

/** One try to deliver. */
export interface WebhookAttempt {
  /** Epoch milliseconds. */
  at: number;
  durationMs: number;
  /** Of the receiver's answer; `null` when there was none. */
  httpStatus: number | null;
  /** `null` = delivered. */
  fault: WebhookFault | null;
  /** Epoch milliseconds; `null` = there is no next one. */
  nextAt: number | null;
}

/** What is known of a webhook's deliveries, oldest attempt first. */
export interface WebhookLog extends WebhookStatus {
  attempts: WebhookAttempt[];
  /** Of all, those included that are no longer in the list. */
  attemptCount: number;
}

/** A tenant's secret as it is told; the secret itself never is again. Epoch milliseconds. */
export interface WebhookSecretFacts {
  name: string;
  createdAt: number;
  /** Until then what it replaced signs too; `null` = it replaced nothing that still does. */
  previousUntil: number | null;
}

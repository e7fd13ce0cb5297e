import type { Webhook, WebhookAttempt, WebhookLog } from '@gantry/contracts';

/** The webhook of a new job, checked. */
export interface WebhookOrder extends Webhook {
  /** Host and port: whose deliveries wait for each other. */
  host: string;
  /** What the message tells beside the end, such as the language. */
  about: Record<string, string | null>;
}

/** An end to be told, as it was when it was written. Nothing of it changes from one attempt to the next. */
export interface DueWebhook {
  /** Of the job. */
  id: string;
  tenant: string;
  webhook: WebhookOrder;
  status: string;
  /** Facts of the end as the job's kind has them. */
  result: Record<string, unknown>;
  attempt: number;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number;
  /** Attempts since it became due or was last asked for again. */
  tries: number;
}

export interface WebhookClaim {
  nonce: string;
  leaseMs: number;
}

/** What came of an attempt: it goes on after `delayMs`, or not at all. By the store's own clock, for those of gateways may differ. */
export type WebhookOutcome = { attempt: WebhookAttempt } & (
  { state: 'delivered' | 'failed'; delayMs?: never } | { state: 'retry'; delayMs: number }
);

/** `too_many`: so many others of the tenant are not delivered yet. */
export type RedeliverOutcome = 'queued' | 'not_due' | 'too_many' | 'unknown';

/**
 * Webhooks that are due, kept until they are delivered or given up; what is due is noted by the same step that writes the end. All methods
 * throw `redis_unavailable`.
 */
export interface WebhookStore {
  /** The next delivery, which is ours for the lease; `null` = none is due, or all that are have as many under way as they may. */
  take(claim: WebhookClaim): Promise<DueWebhook | null>;
  /** Writes down what came of it. Where it was asked for again meanwhile, a failure is no end. False when it is no longer ours. */
  settle(id: string, nonce: string, outcome: WebhookOutcome): Promise<boolean>;
  /** Gives it back untried. */
  release(id: string, nonce: string): Promise<void>;
  /** Hands on what was claimed by who fell silent, and tells how many deliveries could be taken now, up to `max`. */
  due(max: number): Promise<number>;
  /** `null` when there is no such job of this tenant, or it has no webhook. */
  log(id: string, tenant: string): Promise<WebhookLog | null>;
  /** Delivers it once more, whatever came of it before; the attempts begin anew. Not beyond `maxPending` of the tenant. */
  redeliver(id: string, tenant: string, maxPending: number): Promise<RedeliverOutcome>;
  /** Calls back when something has become due, or may have. */
  onDue(callback: (id: string | null) => void): Promise<AsyncDisposable>;
}

/** A secret as it is kept: encrypted. Epoch milliseconds. */
export interface SealedSecret {
  sealed: string;
  createdAt: number;
}

export interface StoredWebhookSecret {
  name: string;
  current: SealedSecret;
  /** What it replaced, and until when that signs too. */
  previous: (SealedSecret & { until: number }) | null;
}

/** Secrets of tenants. All methods throw `redis_unavailable`. */
export interface WebhookSecretStore {
  /** `null` when there is none of this name. */
  get(tenant: string, name: string): Promise<StoredWebhookSecret | null>;
  /** By name. */
  list(tenant: string): Promise<StoredWebhookSecret[]>;
  /** Atomic. The one that it replaces becomes the previous one for so long. `null` when the tenant has `max` others. */
  put(
    tenant: string,
    secret: { name: string; sealed: string; previousMs: number },
    max: number,
  ): Promise<StoredWebhookSecret | null>;
  /** False when there is none. */
  remove(tenant: string, name: string): Promise<boolean>;
}

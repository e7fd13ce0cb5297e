import type { TenantCaps } from '@gantry/contracts';
import type { JobOffers, JobQueue, Logger, Tracer, WebhookOrder } from './ports/index.js';
import type { WebhookRules } from './webhooks/admit-webhook.js';

/** How much may wait. */
export interface QueueRules {
  maxQueued: number;
  maxQueuedPerTenant: number;
  /** How long a submit may take before its offer is void. */
  acceptWithinMs: number;
}

export interface OfferDeps<Request> {
  store: JobOffers<Request>;
  queue: JobQueue;
  logger: Logger;
  tracer: Tracer;
  rules: QueueRules;
  webhookRules?: Pick<WebhookRules, 'maxPending'> | undefined;
}

export interface JobOffer<Request> {
  id: string;
  tenant: string;
  request: Request;
  idempotencyKey: string | null;
  /** Tells whether a repeated key carries the same request (`fingerprintOf`). */
  fingerprint: string;
  /** For people who look at the queue. */
  kind?: string;
  /** Of who submits it; left out = the rules. */
  caps?: TenantCaps | undefined;
  /**
   * What leads workers to it. `id` (when left out): its place in the queue, without which it is not found. `token`: what waits in the queue
   * says only that there is one more, and is made up for when it is missing. `none`: it is looked for in its lane.
   */
  queued?: 'id' | 'token' | 'none';
  /** Who is told of its end. */
  webhook?: WebhookOrder | null;
  /** What must be kept before it can run; `null` or left out = nothing. */
  brought?: Brought | null;
}

/** What comes with a job. It takes room of the tenant from the offer on, which is given back with the offer or at the job's end. */
export interface Brought {
  bytes: number;
  /** Epoch ms, when the room is free whatever happens. */
  until: number;
  /** Of all that the tenant keeps, this included; `null` = none. */
  cap: number | null;
  /** Keeps it on behalf of the job with this id, which may be that of an equal request. Safe to repeat. */
  keep(id: string): Promise<unknown>;
  /** That job will not be. */
  giveUp(id: string): Promise<void>;
}

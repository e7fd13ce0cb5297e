import type { JobRecord, Status } from '@gantry/contracts';
import type { TraceContext } from './tracer.js';
import type { WebhookOrder } from './webhook-store.js';

export interface NewJob<Request> {
  id: string;
  tenant: string;
  request: Request;
  /** Of the whole request; tells whether a repeated idempotency key carries the same request. */
  fingerprint: string;
  idempotencyKey: string | null;
  /** Epoch ms by the store's clock after which the offer is void. */
  acceptWithinMs: number;
  maxQueued: number;
  maxQueuedPerTenant: number;
  /** How many of its tenant may run at once, from now on; `null` or left out = as many as there is room for. Executions only. */
  maxRunning?: number | null;
  /** Processor time that the tenant may have used today when it comes; `null` or left out = any. */
  cpuMsPerDay?: number | null;
  /** All that the tenant may keep, for what it leaves; `null` or left out = any. */
  storageBytes?: number | null;
  /** Room of the tenant that it takes from its offer to its end, for what comes with it; `null` or left out = none. */
  room?: { bytes: number; until: number; cap: number | null } | null;
  /** Where its trace goes on; `null` or left out = it is not traced. */
  trace?: TraceContext | null;
  /** Told of its end, which is noted by the step that writes the end; `null` or left out = nobody is. */
  webhook?: WebhookOrder | null;
  /** Webhooks of the tenant that may be untold, their jobs ended or not; `null` or left out = any. Looked at where it has one itself. */
  maxWebhooks?: number | null;
}

export type CreateOutcome =
  | { kind: 'created' }
  /** `offered`: it is not accepted yet, and may never be. */
  | { kind: 'existing'; id: string; fingerprint: string; offered?: true }
  | { kind: 'tenant_queue_full'; queued: number }
  | { kind: 'cpu_quota_exceeded'; spentMs: number; resetsAt: number; retryMs: number }
  /** There is not as much room as it needs; `current` is what the tenant takes. */
  | { kind: 'storage_quota_exceeded'; current: number }
  | { kind: 'queue_full'; queued: number }
  /** The tenant waits in as many lanes as are allowed, and this one is none of them. */
  | { kind: 'too_many_lanes'; lanes: number }
  /** As many ends of the tenant's as may be are still to be told. */
  | { kind: 'too_many_webhooks'; webhooks: number };

export interface JobPage<Request, Result> {
  records: JobRecord<Request, Result>[];
  nextCursor: string | null;
}

/**
 * How a job comes into the record. All methods throw `redis_unavailable` within the adapter's deadline.
 *
 * A new job is first *offered* (`create`), then what comes with it is kept and it is put into the queue, then it is *accepted*. A worker runs
 * only what is accepted, so one that outlives a failed submit (a "ghost") is dropped.
 */
export interface JobOffers<Request> {
  /** The accepted job that was made with this idempotency key; `null` = none, or only an offer. */
  find(tenant: string, idempotencyKey: string): Promise<{ id: string; fingerprint: string } | null>;
  /** Writes the offer unless the key is taken or a bound is reached. Atomic; safe to repeat with an idempotency key only. */
  create(job: NewJob<Request>): Promise<CreateOutcome>;
  /** The offer stands for so many ms from now at least. False when it is gone. */
  prolong(id: string, ms: number): Promise<boolean>;
  /**
   * Turns the offer into an accepted job. False when it came too late: the offer is then gone. Throws `tenant_queue_full` when its tenant
   * waits in as many lanes as are allowed by now; the offer is gone then too. Safe to repeat.
   */
  accept(id: string): Promise<boolean>;
  /** Takes back an offer that was not accepted. True when it will never run, so that nothing need be kept for it. Safe to repeat. */
  withdraw(id: string): Promise<boolean>;
}

/** The truth about the jobs of one kind (executions, image jobs), as the gateway needs it. All methods throw `redis_unavailable` as those of offers. */
export interface JobStore<Request, Result> extends JobOffers<Request> {
  /**
   * `null` when missing, expired or another tenant's.
   * @param turn awaited before long output is read, which is much memory
   */
  get(id: string, tenant: string, turn?: () => Promise<void>): Promise<JobRecord<Request, Result> | null>;
  /** As `get`; `complete` is false where more than `maxOutputBytes` of standard output, or long output, were left out, which then is empty. */
  getBounded(
    id: string,
    tenant: string,
    maxOutputBytes: number,
  ): Promise<{ record: JobRecord<Request, Result>; complete: boolean } | null>;
  /** Newest first, without what is large (code, output, log). `cursor` is a former page's `nextCursor`. */
  list(
    tenant: string,
    page: { limit: number; cursor: string | null; status: Status | null },
  ): Promise<JobPage<Request, Result>>;
  /**
   * Ends a pending job as cancelled, or asks the worker of a running one to stop. `null` when missing or another tenant's.
   * Safe to repeat; no effect on an ended one.
   */
  cancel(id: string, tenant: string): Promise<JobRecord<Request, Result> | null>;
}

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
  /** Where its trace goes on; `null` or left out = it is not traced. */
  trace?: TraceContext | null;
  /** Told of its end, which is noted by the step that writes the end; `null` or left out = nobody is. */
  webhook?: WebhookOrder | null;
}

export type CreateOutcome =
  | { kind: 'created' }
  /** `offered`: it is not accepted yet, and may never be. */
  | { kind: 'existing'; id: string; fingerprint: string; offered?: true }
  | { kind: 'tenant_queue_full'; queued: number }
  | { kind: 'cpu_quota_exceeded'; spentMs: number; resetsAt: number; retryMs: number }
  | { kind: 'queue_full'; queued: number }
  /** The tenant waits in as many lanes as are allowed, and this one is none of them. */
  | { kind: 'too_many_lanes'; lanes: number };

export interface JobPage<Request, Result> {
  records: JobRecord<Request, Result>[];
  nextCursor: string | null;
}

/**
 * The truth about the jobs of one kind (executions, image jobs), as the gateway needs it. All methods throw `redis_unavailable` within the adapter's deadline.
 *
 * A new job is first *offered* (`create`), then it is put into the queue, then it is *accepted*. A worker runs only what is accepted,
 * so one that outlives a failed submit (a "ghost") is dropped.
 */
export interface JobStore<Request, Result> {
  /** Writes the offer unless the key is taken or a queue bound is reached. Atomic; safe to repeat with an idempotency key only. */
  create(job: NewJob<Request>): Promise<CreateOutcome>;
  /** Turns the offer into an accepted job. False when it came too late: the offer is then gone. */
  accept(id: string): Promise<boolean>;
  /** Takes back an offer that was not accepted. Safe to repeat. */
  withdraw(id: string): Promise<void>;
  /** `null` when missing, expired or another tenant's. */
  get(id: string, tenant: string): Promise<JobRecord<Request, Result> | null>;
  /** As `get`; `complete` is false where more than `maxOutputBytes` of standard output were left out, which then is empty. */
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

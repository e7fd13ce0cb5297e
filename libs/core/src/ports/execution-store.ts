import type { ExecutionRecord, ExecutionRequest, Status } from '@gantry/contracts';

export interface NewExecution {
  id: string;
  tenant: string;
  request: ExecutionRequest;
  /** Of the whole request; tells whether a repeated idempotency key carries the same request. */
  fingerprint: string;
  idempotencyKey: string | null;
  /** Epoch ms by the store's clock after which the offer is void. */
  acceptWithinMs: number;
  maxQueued: number;
  maxQueuedPerTenant: number;
}

export type CreateOutcome =
  | { kind: 'created' }
  | { kind: 'existing'; id: string; fingerprint: string }
  | { kind: 'tenant_queue_full'; queued: number }
  | { kind: 'queue_full'; queued: number };

export interface ExecutionPage {
  records: ExecutionRecord[];
  nextCursor: string | null;
}

/**
 * The truth about executions, as the gateway needs it. All methods throw `redis_unavailable` within the adapter's deadline.
 *
 * A new execution is first *offered* (`create`), then its job is enqueued, then it is *accepted*. A worker runs only what is accepted,
 * so a job that outlives a failed submit (a "ghost") is dropped.
 */
export interface ExecutionStore {
  /** Writes the offer unless the key is taken or a queue bound is reached. Atomic; safe to repeat with an idempotency key only. */
  create(execution: NewExecution): Promise<CreateOutcome>;
  /** Turns the offer into an accepted execution. False when it came too late: the offer is then gone. */
  accept(id: string): Promise<boolean>;
  /** Takes back an offer that was not accepted. Safe to repeat. */
  withdraw(id: string): Promise<void>;
  /** `null` when missing, expired or another tenant's. */
  get(id: string, tenant: string): Promise<ExecutionRecord | null>;
  /** Newest first, without code and output. `cursor` is a former page's `nextCursor`. */
  list(tenant: string, page: { limit: number; cursor: string | null; status: Status | null }): Promise<ExecutionPage>;
  /**
   * Ends a pending execution as cancelled, or asks the worker of a running one to stop. `null` when missing or another tenant's.
   * Safe to repeat; no effect on an ended one.
   */
  cancel(id: string, tenant: string): Promise<ExecutionRecord | null>;
}

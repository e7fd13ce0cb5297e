import { createHash } from 'node:crypto';
import { AppError } from '@gantry/contracts';
import type { JobQueue, JobStore, Logger, WorkerDirectory } from './ports/index.js';

/** How much may wait. */
export interface QueueRules {
  maxQueued: number;
  maxQueuedPerTenant: number;
  /** How long a submit may take before its offer is void. */
  acceptWithinMs: number;
}

export interface OfferDeps<Request> {
  store: Pick<JobStore<Request, unknown>, 'create' | 'accept' | 'withdraw'>;
  queue: JobQueue;
  logger: Logger;
  rules: QueueRules;
}

export interface JobOffer<Request> {
  id: string;
  tenant: string;
  request: Request;
  idempotencyKey: string | null;
  /** Tells whether a repeated key carries the same request; that of the request as it is, when left out. */
  fingerprint?: string;
  /** For people who look at the queue. */
  kind?: string;
}

/**
 * Brings a job into record and queue, or says why not. Once this returns, the job will reach an end; when it throws, it will not run.
 * `created` is false when an earlier request with the same idempotency key had made it.
 */
export async function offerJob<Request>(
  deps: OfferDeps<Request>,
  offer: JobOffer<Request>,
): Promise<{ id: string; created: boolean }> {
  const { id, tenant, request, idempotencyKey } = offer;
  const fingerprint = offer.fingerprint ?? fingerprintOf(request);
  const outcome = await deps.store.create({
    id,
    tenant,
    request,
    fingerprint,
    idempotencyKey,
    acceptWithinMs: deps.rules.acceptWithinMs,
    maxQueued: deps.rules.maxQueued,
    maxQueuedPerTenant: deps.rules.maxQueuedPerTenant,
  });
  switch (outcome.kind) {
    case 'existing':
      if (outcome.fingerprint !== fingerprint) {
        throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for a different request');
      }
      return { id: outcome.id, created: false };
    case 'tenant_queue_full':
      throw new AppError(
        'tenant_queue_full',
        `${outcome.queued} of yours are queued; ${deps.rules.maxQueuedPerTenant} are the most`,
        { retryAfterSeconds: 2 },
      );
    case 'queue_full':
      throw new AppError('queue_full', `${outcome.queued} are queued; ${deps.rules.maxQueued} are the most`, {
        retryAfterSeconds: 5,
      });
    case 'created':
      await enqueueAndAccept(deps, offer);
      return { id, created: true };
  }
}

export function fingerprintOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

export async function requireWorker(workers: WorkerDirectory): Promise<void> {
  const known = await workers.list();
  if (known.some((worker) => worker.engine.available && !worker.draining)) return;
  // What exactly is wrong with an engine is the operator's to read, at /readyz.
  throw new AppError('no_worker', known.length === 0 ? 'No worker is connected' : 'No worker can run anything now');
}

async function enqueueAndAccept<Request>(deps: OfferDeps<Request>, { id, kind }: JobOffer<Request>): Promise<void> {
  try {
    // Sent together, in this order, over one connection: the job is there before it counts, and it counts before a worker has read it.
    const [, accepted] = await Promise.all([deps.queue.enqueue(id, kind), deps.store.accept(id)]);
    if (accepted) return;
  } catch (error) {
    // Nobody waits for this: an offer that can't be withdrawn now lapses, and a worker refuses it meanwhile.
    deps.store
      .withdraw(id)
      .catch((withdrawing: unknown) => deps.logger.debug({ err: withdrawing, jobId: id }, 'offer left to lapse'));
    throw error;
  }
  throw new AppError('redis_unavailable', 'The queue took too long to answer');
}

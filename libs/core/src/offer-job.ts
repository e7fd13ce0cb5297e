import { createHash } from 'node:crypto';
import { AppError, type TenantCaps } from '@gantry/contracts';
import type { JobQueue, JobStore, Logger, Tracer, WebhookOrder, WorkerDirectory } from './ports/index.js';
import { cpuQuotaExceeded } from './cpu-quota.js';
import { sendSpan } from './tracing/job-spans.js';

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
  tracer: Tracer;
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
  /** Of who submits it; left out = the rules. */
  caps?: TenantCaps | undefined;
  /**
   * What leads workers to it. `id` (when left out): its place in the queue, without which it is not found. `token`: what waits in the queue
   * says only that there is one more, and is made up for when it is missing. `none`: it is looked for in its lane.
   */
  queued?: 'id' | 'token' | 'none';
  /** Who is told of its end. */
  webhook?: WebhookOrder | null;
}

/**
 * Brings a job into record and queue, or says why not. Once this returns, the job will reach an end; when it throws, it will not run.
 * `created` is false when an earlier request with the same idempotency key had made it.
 */
export function offerJob<Request>(
  deps: OfferDeps<Request>,
  offer: JobOffer<Request>,
): Promise<{ id: string; created: boolean }> {
  const { name, options } = sendSpan(offer);
  return deps.tracer.span(name, options, () => offerInSpan(deps, offer));
}

async function offerInSpan<Request>(
  deps: OfferDeps<Request>,
  offer: JobOffer<Request>,
): Promise<{ id: string; created: boolean }> {
  const { id, tenant, request, idempotencyKey } = offer;
  const fingerprint = withWebhook(offer.fingerprint ?? fingerprintOf(request), offer.webhook);
  const { caps } = offer;
  const maxQueuedPerTenant = caps ? (caps.maxQueued ?? deps.rules.maxQueued) : deps.rules.maxQueuedPerTenant;
  const outcome = await deps.store.create({
    id,
    tenant,
    request,
    fingerprint,
    idempotencyKey,
    acceptWithinMs: deps.rules.acceptWithinMs,
    maxQueued: deps.rules.maxQueued,
    maxQueuedPerTenant,
    maxRunning: caps?.maxRunning ?? null,
    cpuMsPerDay: caps?.cpuMsPerDay ?? null,
    storageBytes: caps?.storageBytes ?? null,
    trace: deps.tracer.current(),
    webhook: offer.webhook ?? null,
  });
  switch (outcome.kind) {
    case 'existing':
      if (outcome.fingerprint !== fingerprint) {
        throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for a different request');
      }
      // Who made it may have failed since: it is accepted on behalf of this request, or this one fails too.
      if (outcome.offered) await acceptAndEnqueue(deps, { ...offer, id: outcome.id });
      return { id: outcome.id, created: false };
    case 'tenant_queue_full':
      throw new AppError(
        'tenant_queue_full',
        `${outcome.queued} of yours are queued; ${maxQueuedPerTenant} are the most`,
        {
          retryAfterSeconds: 2,
          quota: { limit: 'max_queued', allowed: maxQueuedPerTenant, current: outcome.queued, resetsAt: null },
        },
      );
    case 'cpu_quota_exceeded':
      throw cpuQuotaExceeded(outcome, caps?.cpuMsPerDay ?? 0);
    case 'too_many_lanes':
      throw new AppError(
        'tenant_queue_full',
        `${outcome.lanes} of yours with different "requires" wait; no more are taken`,
        { retryAfterSeconds: 5 },
      );
    case 'queue_full':
      throw new AppError('queue_full', `${outcome.queued} are queued; ${deps.rules.maxQueued} are the most`, {
        retryAfterSeconds: 5,
      });
    case 'created':
      await acceptAndEnqueue(deps, offer);
      return { id, created: true };
  }
}

export function fingerprintOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

/** A repeat that wants somebody else to be told is another request. */
function withWebhook(fingerprint: string, webhook: WebhookOrder | null | undefined): string {
  return webhook ? fingerprintOf([fingerprint, webhook]) : fingerprint;
}

/** Throws `no_worker` unless somebody can run what requires these tags now. */
export async function requireWorker(workers: WorkerDirectory, requires: readonly string[] = []): Promise<void> {
  const known = await workers.list();
  const usable = known.filter((worker) => worker.engine.available && !worker.draining);
  if (usable.some((worker) => requires.every((tag) => worker.tags.includes(tag)))) return;
  if (usable.length > 0) throw new AppError('no_worker', `No worker has all of the tags ${requires.join(', ')}`);
  // What exactly is wrong with an engine is the operator's to read, at /readyz.
  throw new AppError('no_worker', known.length === 0 ? 'No worker is connected' : 'No worker can run anything now');
}

async function acceptAndEnqueue<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): Promise<void> {
  const { id, kind, queued = 'id' } = offer;
  let accepted: boolean;
  try {
    // Accepted without a place in the queue it would never be found, and a repeat with its key would be told that it is there.
    if (queued === 'id') await deps.queue.enqueue(id, kind);
    // Sent together: it counts before its token is there, so that no token is used up in vain.
    const [accepting] = await Promise.allSettled([
      deps.store.accept(id),
      queued === 'token' ? deps.queue.enqueue(id, kind) : undefined,
    ]);
    if (accepting.status === 'rejected') throw accepting.reason;
    accepted = accepting.value;
  } catch (error) {
    // Nobody waits for this: an offer that can't be withdrawn now lapses, and a worker refuses it meanwhile.
    deps.store
      .withdraw(id)
      .catch((withdrawing: unknown) => deps.logger.debug({ err: withdrawing, jobId: id }, 'offer left to lapse'));
    throw error;
  }
  if (!accepted) throw new AppError('redis_unavailable', 'The queue took too long to answer');
}

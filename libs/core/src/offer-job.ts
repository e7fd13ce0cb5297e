import { createHash } from 'node:crypto';
import { AppError, type Webhook } from '@gantry/contracts';
import { bringIn, join } from './bring-in.js';
import type { JobOffer, OfferDeps } from './job-offer.js';
import { offerRefusal } from './offer-refusal.js';
import type { JobOffers, NewJob, WorkerDirectory } from './ports/index.js';
import { sendSpan } from './tracing/job-spans.js';

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
  for (let again = false; ; again = true) {
    const job = newJob(deps, offer);
    const outcome = await deps.store.create(job);
    if (outcome.kind === 'created') {
      if (await bringIn(deps, offer)) return { id: offer.id, created: true };
    } else if (outcome.kind === 'existing') {
      requireSame(outcome, offer);
      const { id } = outcome;
      // Who made it may have failed since: it is accepted on behalf of this request too.
      if (!outcome.offered || (await join(deps, { ...offer, id }))) return { id, created: false };
    } else throw offerRefusal(outcome, job);
    // The offer has lapsed or was taken back meanwhile: as if it had never been.
    if (again) throw new AppError('redis_unavailable', 'The queue took too long to answer');
  }
}

/**
 * The accepted job that an earlier request with this key has made, so that a repeat needs and costs nothing; `null` = none, or no key. Throws
 * `idempotency_key_reused`.
 */
export async function findRepeated(
  store: Pick<JobOffers<never>, 'find'>,
  request: Pick<JobOffer<unknown>, 'tenant' | 'idempotencyKey' | 'fingerprint'>,
): Promise<{ id: string; created: false } | null> {
  const { tenant, idempotencyKey } = request;
  const found = idempotencyKey === null ? null : await store.find(tenant, idempotencyKey);
  if (!found) return null;
  requireSame(found, request);
  return { id: found.id, created: false };
}

/** A repeat that wants somebody else to be told is another request. */
export function fingerprintOf(request: unknown, webhook?: Webhook | null): string {
  const hashed = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return webhook ? fingerprintOf([hashed, webhook]) : hashed;
}

function requireSame(found: { fingerprint: string }, asked: { fingerprint: string }): void {
  if (found.fingerprint === asked.fingerprint) return;
  throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for a different request');
}

function newJob<Request>(deps: OfferDeps<Request>, offer: JobOffer<Request>): NewJob<Request> {
  const { id, tenant, request, fingerprint, idempotencyKey, caps, webhook = null, brought } = offer;
  const { rules, webhookRules } = deps;
  return {
    id,
    tenant,
    request,
    fingerprint,
    idempotencyKey,
    acceptWithinMs: rules.acceptWithinMs,
    maxQueued: rules.maxQueued,
    maxQueuedPerTenant: caps ? (caps.maxQueued ?? rules.maxQueued) : rules.maxQueuedPerTenant,
    maxRunning: caps?.maxRunning ?? null,
    cpuMsPerDay: caps?.cpuMsPerDay ?? null,
    storageBytes: caps?.storageBytes ?? null,
    room: brought && brought.bytes > 0 ? { bytes: brought.bytes, until: brought.until, cap: brought.cap } : null,
    trace: deps.tracer.current(),
    webhook,
    maxWebhooks: webhookRules?.maxPending ?? null,
  };
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

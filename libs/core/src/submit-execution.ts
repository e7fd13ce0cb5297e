import { createHash } from 'node:crypto';
import {
  AppError,
  ERROR_CATALOGUE,
  type ExecutionRequest,
  type OnOutputLimit,
  type ResourceLimits,
} from '@gantry/contracts';
import { newExecutionId } from './execution-id.js';
import { resolveLimits, type LimitCeilings } from './resolve-limits.js';
import type { Clock, ExecutionStore, JobQueue, Logger, RuntimeCatalog, WorkerDirectory } from './ports/index.js';

/** What a client asked for, well-formed but not yet checked against this deployment. */
export interface ExecutionOrder {
  tenant: string;
  language: string;
  code: string;
  args: string[];
  stdin: string;
  env: Record<string, string>;
  workingDirectory: string;
  imageId: string | null;
  limits: ResourceLimits;
  onOutputLimit: OnOutputLimit;
  stdinMode: 'input' | 'stream';
  preload: boolean;
  isolation: 'default' | 'container';
  idempotencyKey: string | null;
}

/** What the service is willing to take. */
export interface AdmissionRules {
  ceilings: LimitCeilings;
  maxCodeBytes: number;
  maxQueued: number;
  maxQueuedPerTenant: number;
  /** How long a submit may take before its offer is void. */
  acceptWithinMs: number;
}

export interface SubmitDeps {
  store: ExecutionStore;
  queue: JobQueue;
  runtimes: RuntimeCatalog;
  workers: WorkerDirectory;
  clock: Clock;
  logger: Logger;
  rules: AdmissionRules;
  /** Told of every submit, by runtime (`unknown` when it is none) and by what became of it; for metrics. */
  onSubmit?: (runtime: string, outcome: SubmitOutcome) => void;
}

/** `refused` is the client's doing, `failed` is ours. */
export type SubmitOutcome = 'accepted' | 'repeated' | 'refused' | 'failed';

export interface Submitted {
  id: string;
  /** False when an earlier request with the same idempotency key had made it. */
  created: boolean;
}

/** The request with this deployment's defaults and limits. Throws what is wrong with it; touches nothing. */
export function toExecutionRequest(
  deps: Pick<SubmitDeps, 'runtimes' | 'rules'>,
  order: ExecutionOrder,
): ExecutionRequest {
  const runtime = deps.runtimes.resolve(order.language);
  if (!runtime) {
    const known = deps.runtimes.list().map((entry) => entry.name);
    throw new AppError('unknown_language', `The language "${order.language}" is not known`, {
      fields: [{ path: 'language', message: `must be one of: ${known.join(', ')}` }],
    });
  }
  const codeBytes = Buffer.byteLength(order.code);
  if (codeBytes > deps.rules.maxCodeBytes) {
    throw new AppError(
      'code_too_large',
      `The code has ${codeBytes} bytes; at most ${deps.rules.maxCodeBytes} are taken`,
      { fields: [{ path: 'code', message: `must have at most ${deps.rules.maxCodeBytes} bytes` }] },
    );
  }
  if (order.imageId !== null) {
    throw new AppError('unknown_image', `The image "${order.imageId}" is not known`, {
      fields: [{ path: 'image_id', message: 'is not an image of this service' }],
    });
  }
  return {
    runtime: runtime.name,
    code: order.code,
    args: order.args,
    stdin: order.stdin,
    env: order.env,
    workingDirectory: order.workingDirectory,
    imageId: order.imageId,
    files: [],
    artifacts: [],
    limits: resolveLimits(order.limits, runtime.limits, deps.rules.ceilings),
    onOutputLimit: order.onOutputLimit,
    stdinMode: order.stdinMode,
    preload: order.preload,
    isolation: order.isolation,
  };
}

/**
 * Accepts an execution, or says why not. Once this returns, the execution will reach an end; when it throws, none will run.
 * @param id a fresh id, so that the caller can listen for the end before anything happens
 */
export async function submitExecution(
  deps: SubmitDeps,
  order: ExecutionOrder,
  id = newExecutionId(deps.clock.now()),
): Promise<Submitted> {
  let outcome: SubmitOutcome = 'failed';
  try {
    const submitted = await submit(deps, order, id);
    outcome = submitted.created ? 'accepted' : 'repeated';
    return submitted;
  } catch (error) {
    if (error instanceof AppError && ERROR_CATALOGUE[error.code].status < 500) outcome = 'refused';
    throw error;
  } finally {
    deps.onSubmit?.(deps.runtimes.resolve(order.language)?.name ?? 'unknown', outcome);
  }
}

async function submit(deps: SubmitDeps, order: ExecutionOrder, id: string): Promise<Submitted> {
  const request = toExecutionRequest(deps, order);
  await requireWorker(deps.workers);
  const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const { maxQueued, maxQueuedPerTenant, acceptWithinMs } = deps.rules;
  const { tenant, idempotencyKey } = order;
  const outcome = await deps.store.create({
    id,
    tenant,
    request,
    fingerprint,
    idempotencyKey,
    acceptWithinMs,
    maxQueued,
    maxQueuedPerTenant,
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
        `${outcome.queued} of your executions are queued; ${maxQueuedPerTenant} are the most`,
        { retryAfterSeconds: 2 },
      );
    case 'queue_full':
      throw new AppError('queue_full', `${outcome.queued} executions are queued; ${maxQueued} are the most`, {
        retryAfterSeconds: 5,
      });
    case 'created':
      await enqueueAndAccept(deps, id);
      return { id, created: true };
  }
}

async function requireWorker(workers: WorkerDirectory): Promise<void> {
  const known = await workers.list();
  if (known.some((worker) => worker.engine.available && !worker.draining)) return;
  // What exactly is wrong with an engine is the operator's to read, at /readyz.
  throw new AppError('no_worker', known.length === 0 ? 'No worker is connected' : 'No worker can run anything now');
}

async function enqueueAndAccept(deps: SubmitDeps, id: string): Promise<void> {
  try {
    // Sent together, in this order, over one connection: the job is there before it counts, and it counts before a worker has read it.
    const [, accepted] = await Promise.all([deps.queue.enqueue(id), deps.store.accept(id)]);
    if (accepted) return;
  } catch (error) {
    withdrawLater(deps, id);
    throw error;
  }
  throw new AppError('redis_unavailable', 'The queue took too long to answer');
}

/** Nobody waits for this: an offer that can't be withdrawn now lapses, and a worker refuses it meanwhile. */
function withdrawLater(deps: SubmitDeps, id: string): void {
  deps.store
    .withdraw(id)
    .catch((error: unknown) => deps.logger.debug({ err: error, executionId: id }, 'offer left to lapse'));
}

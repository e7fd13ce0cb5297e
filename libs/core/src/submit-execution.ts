import {
  AppError,
  ERROR_CATALOGUE,
  type ExecutionRequest,
  type OnOutputLimit,
  type ResourceLimits,
  type TenantCaps,
  type Webhook,
} from '@gantry/contracts';
import { newExecutionId } from './execution-id.js';
import {
  broughtFiles,
  checkInputFiles,
  findInputFiles,
  hashInputs,
  inputFacts,
  type InputFileOrder,
  type InputFileRules,
} from './input-files.js';
import type { JobOffer } from './job-offer.js';
import { findRepeated, fingerprintOf, offerJob, requireWorker } from './offer-job.js';
import { requireRuntime } from './require-runtime.js';
import { resolveImage } from './resolve-image.js';
import { resolveLimits, type LimitCeilings } from './resolve-limits.js';
import { cacheTicket, requireCacheable } from './result-cache.js';
import type { FileRules } from './upload-file.js';
import { admitWebhook, type WebhookRules } from './webhooks/admit-webhook.js';
import type {
  BlobStore,
  Clock,
  ExecutionStore,
  FileStore,
  ImageStore,
  JobQueue,
  Logger,
  ResultCache,
  RuntimeCatalog,
  TenantStorage,
  Tracer,
  WorkerDirectory,
} from './ports/index.js';

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
  /** Tags that the worker must have. */
  requires: string[];
  /** Among the tenant's executions; 9 is served first. */
  priority: number;
  /** How often more it may be started when its worker is lost while it runs. */
  retryOnWorkerLost: number;
  files: InputFileOrder[];
  /** Patterns of the files to keep, relative to the working directory. */
  artifacts: string[];
  /** Take the result of an equal execution, and let equal requests have this one's. */
  cache: boolean;
  idempotencyKey: string | null;
  /** Of who submits it; left out = the rules of the service. */
  caps?: TenantCaps | undefined;
  /** Who is told of its end. */
  webhook?: Webhook | null;
}

/** What the service is willing to take. */
export interface AdmissionRules {
  ceilings: LimitCeilings;
  maxCodeBytes: number;
  maxQueued: number;
  maxQueuedPerTenant: number;
  /** How long a submit may take before its offer is void. */
  acceptWithinMs: number;
  inputFiles: InputFileRules;
  files: FileRules;
}

export interface SubmitDeps {
  store: ExecutionStore;
  queue: JobQueue;
  runtimes: RuntimeCatalog;
  workers: WorkerDirectory;
  images: ImageStore;
  files: FileStore;
  blobs: BlobStore;
  storage: TenantStorage;
  cache: ResultCache;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  rules: AdmissionRules;
  /** Left out = webhooks are not sent here. */
  webhookRules?: WebhookRules | undefined;
  /** Told of every submit, by runtime (`unknown` when it is none) and by what became of it; for metrics. */
  onSubmit?: (runtime: string, outcome: SubmitOutcome, order: Pick<ExecutionOrder, 'tenant' | 'cache'>) => void;
}

/** `refused` is the client's doing, `failed` is ours. */
export type SubmitOutcome = 'accepted' | 'repeated' | 'cached' | 'refused' | 'failed';

export interface Submitted {
  id: string;
  /** False when an earlier request with the same idempotency key had made it. */
  created: boolean;
  /** `id` is an equal execution that has completed before. */
  cached: boolean;
}

/** The request with this deployment's defaults and limits, without its image and files. Throws what is wrong with it; touches nothing. */
export function toExecutionRequest(
  deps: Pick<SubmitDeps, 'runtimes' | 'rules'>,
  order: ExecutionOrder,
): ExecutionRequest {
  const runtime = requireRuntime(deps.runtimes, order.language);
  const codeBytes = Buffer.byteLength(order.code);
  if (codeBytes > deps.rules.maxCodeBytes) {
    throw new AppError(
      'code_too_large',
      `The code has ${codeBytes} bytes; at most ${deps.rules.maxCodeBytes} are taken`,
      { fields: [{ path: 'code', message: `must have at most ${deps.rules.maxCodeBytes} bytes` }] },
    );
  }
  checkInputFiles(order.files, runtime, deps.rules.inputFiles);
  const request: ExecutionRequest = {
    runtime: runtime.name,
    code: order.code,
    args: order.args,
    stdin: order.stdin,
    env: order.env,
    workingDirectory: order.workingDirectory,
    imageId: null,
    files: [],
    artifacts: order.artifacts,
    limits: resolveLimits(order.limits, runtime.limits, deps.rules.ceilings),
    onOutputLimit: order.onOutputLimit,
    stdinMode: order.stdinMode,
    preload: order.preload,
    isolation: order.isolation,
    requires: [...new Set(order.requires)].sort(),
    priority: order.priority,
    retryOnWorkerLost: order.retryOnWorkerLost,
    cache: null,
  };
  requireRepeatable(request);
  if (order.cache) requireCacheable(request);
  return request;
}

/** Throws when it is to be started again and could not read again what it has read. */
function requireRepeatable({ retryOnWorkerLost, stdinMode }: ExecutionRequest): void {
  if (retryOnWorkerLost === 0 || stdinMode !== 'stream') return;
  const path = 'retry.on_worker_lost';
  const message = 'must be 0 with "stdin": "stream": what was read is gone';
  throw new AppError('invalid_request', `${path} ${message}`, { fields: [{ path, message }] });
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
    outcome = submitted.cached ? 'cached' : submitted.created ? 'accepted' : 'repeated';
    return submitted;
  } catch (error) {
    if (error instanceof AppError && ERROR_CATALOGUE[error.code].status < 500) outcome = 'refused';
    throw error;
  } finally {
    deps.onSubmit?.(deps.runtimes.resolve(order.language)?.name ?? 'unknown', outcome, order);
  }
}

async function submit(deps: SubmitDeps, order: ExecutionOrder, id: string): Promise<Submitted> {
  const request = toExecutionRequest(deps, order);
  const { tenant, idempotencyKey } = order;
  const files = hashInputs(order.files);
  // Of what was asked for, not of what it comes to: images and files may be others by now, or gone.
  const asked = { ...request, imageId: order.imageId, files: inputFacts(files) };
  const fingerprint = fingerprintOf(asked, order.webhook);
  const repeated = await findRepeated(deps.store, { tenant, idempotencyKey, fingerprint });
  if (repeated) return { ...repeated, cached: false };
  const about = { language: request.runtime };
  const webhook = await admitWebhook(deps.webhookRules, tenant, { webhook: order.webhook, about });
  request.imageId = await resolveImage(deps.images, order, requireRuntime(deps.runtimes, order.language));
  await requireWorker(deps.workers, request.requires);
  const inputs = await findInputFiles(deps, { tenant, files }, request);
  request.files = inputs.map(({ file }) => file);
  const brought = broughtFiles(deps, { tenant, storageBytes: order.caps?.storageBytes ?? null }, inputs);
  return submitResolved(deps, order, { id, request, fingerprint, webhook, brought });
}

async function submitResolved(
  deps: SubmitDeps,
  order: ExecutionOrder,
  resolved: Pick<JobOffer<ExecutionRequest>, 'id' | 'request' | 'fingerprint' | 'webhook' | 'brought'>,
): Promise<Submitted> {
  const { request } = resolved;
  const { tenant, idempotencyKey, caps } = order;
  if (order.cache) {
    request.cache = cacheTicket(requireRuntime(deps.runtimes, order.language), request, await deps.workers.list());
    const origin = request.cache && (await deps.cache.find(tenant, request.cache.key));
    if (origin !== null) return { id: origin, created: false, cached: true };
  }
  const queued = request.requires.length === 0 ? 'token' : 'none';
  return { ...(await offerJob(deps, { ...resolved, tenant, idempotencyKey, caps, queued })), cached: false };
}

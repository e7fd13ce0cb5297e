import {
  AppError,
  ERROR_CATALOGUE,
  type BlobFile,
  type ExecutionRequest,
  type OnOutputLimit,
  type ResourceLimits,
} from '@gantry/contracts';
import { newExecutionId } from './execution-id.js';
import {
  checkInputFiles,
  releaseInputFiles,
  resolveInputFiles,
  type InputFileOrder,
  type InputFileRules,
} from './input-files.js';
import { fingerprintOf, offerJob, requireWorker } from './offer-job.js';
import { requireRuntime } from './require-runtime.js';
import { resolveImage } from './resolve-image.js';
import { resolveLimits, type LimitCeilings } from './resolve-limits.js';
import { cacheTicket, requireCacheable } from './result-cache.js';
import type { FileRules } from './upload-file.js';
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
  files: InputFileOrder[];
  /** Patterns of the files to keep, relative to the working directory. */
  artifacts: string[];
  /** Take the result of an equal execution, and let equal requests have this one's. */
  cache: boolean;
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
  cache: ResultCache;
  clock: Clock;
  logger: Logger;
  rules: AdmissionRules;
  /** Told of every submit, by runtime (`unknown` when it is none) and by what became of it; for metrics. */
  onSubmit?: (runtime: string, outcome: SubmitOutcome) => void;
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
    cache: null,
  };
  if (order.cache) requireCacheable(request);
  return request;
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
    deps.onSubmit?.(deps.runtimes.resolve(order.language)?.name ?? 'unknown', outcome);
  }
}

async function submit(deps: SubmitDeps, order: ExecutionOrder, id: string): Promise<Submitted> {
  const request = toExecutionRequest(deps, order);
  request.imageId = await resolveImage(deps.images, order, requireRuntime(deps.runtimes, order.language));
  await requireWorker(deps.workers);
  request.files = await resolveInputFiles(deps, order, { id, request });
  const submitted = await submitResolved(deps, order, { id, request }).catch((error: unknown) => {
    // With a key it may have been accepted all the same: the answer was lost, and the next request with this key is told its id.
    if (order.idempotencyKey === null) releaseLater(deps, request.files, id);
    throw error;
  });
  if (!submitted.created) releaseLater(deps, request.files, id);
  return submitted;
}

async function submitResolved(
  deps: SubmitDeps,
  order: ExecutionOrder,
  { id, request }: { id: string; request: ExecutionRequest },
): Promise<Submitted> {
  // Without the ticket, which changes with the executor image.
  const fingerprint = fingerprintOf(request);
  if (order.cache) {
    request.cache = cacheTicket(requireRuntime(deps.runtimes, order.language), request, await deps.workers.list());
    const origin = request.cache && (await deps.cache.find(order.tenant, request.cache.key));
    if (origin !== null) return { id: origin, created: false, cached: true };
  }
  const { tenant, idempotencyKey } = order;
  return { ...(await offerJob(deps, { id, tenant, request, idempotencyKey, fingerprint })), cached: false };
}

/** Nobody waits for this: what can't be given up now expires. */
function releaseLater(deps: SubmitDeps, files: readonly BlobFile[], id: string): void {
  releaseInputFiles(deps.blobs, files, id).catch((error: unknown) =>
    deps.logger.debug({ err: error, executionId: id }, 'input files left to expire'),
  );
}

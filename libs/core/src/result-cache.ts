import { createHash } from 'node:crypto';
import {
  AppError,
  type CacheTicket,
  type ExecutionRecord,
  type ExecutionRequest,
  type ExecutionResult,
  type FieldFault,
  type OmissionReason,
  type Runtime,
  type WorkerStatus,
} from '@gantry/contracts';
import type { Logger, ResultCache, RuntimeCatalog } from './ports/index.js';

/** Throws when the result of this request may differ from time to time by what the request itself asks for. */
export function requireCacheable(request: Pick<ExecutionRequest, 'limits' | 'stdinMode'>): void {
  const faults: FieldFault[] = [];
  const refuse = (because: string): void => void faults.push({ path: 'cache', message: `cannot be true ${because}` });
  if (request.limits.networkEnabled) refuse('with the network on: its answers change');
  if (request.stdinMode === 'stream') refuse('with "stdin": "stream": what will be written is not known');
  const first = faults[0];
  if (first) throw new AppError('invalid_request', `${first.path} ${first.message}`, { fields: faults });
}

/**
 * What the result depends on, as one hash. `null` when it can't be told what would run: no worker knows its executor image, or they have
 * different ones.
 */
export function cacheTicket(
  runtime: Runtime,
  request: ExecutionRequest,
  workers: readonly WorkerStatus[],
): CacheTicket | null {
  const usable = workers.filter(({ draining, engine }) => engine.available && !draining);
  const digests = new Set(usable.map(({ engine }) => engine.executorDigest));
  const [executorDigest] = digests;
  if (digests.size !== 1 || executorDigest == null) return null;
  // The order in which files are named changes nothing; that of everything else may.
  const files = [...request.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const env = Object.entries(request.env).sort(([a], [b]) => (a < b ? -1 : 1));
  const unrelated = { cache: null, priority: null, retryOnWorkerLost: null };
  const all = { schema: 1, executorDigest, runtime, request: { ...request, files, env, ...unrelated } };
  return { key: createHash('sha256').update(JSON.stringify(all)).digest('hex'), executorDigest };
}

/** Why an artifact may be missing once and be there the next time. */
const PASSING: ReadonlySet<OmissionReason> = new Set(['store_full', 'store_unavailable', 'time_limit', 'unreadable']);

export interface RememberDeps {
  cache: ResultCache;
  runtimes: RuntimeCatalog;
  /** The executor image's content id on this engine, as it was last seen; `null` = not known. */
  executorDigest: () => string | null;
  logger: Logger;
}

/**
 * Lets equal requests have this result. Done by the worker, which knows what really ran, so a client that does not wait fills the cache
 * too. A cache that can't be written costs a later hit, nothing else.
 */
export async function rememberResult(
  deps: RememberDeps,
  record: ExecutionRecord,
  result: ExecutionResult,
): Promise<void> {
  const { cache, runtime: name, imageId } = record.request;
  if (!cache || result.status !== 'completed') return;
  // What is missing because a store was full or a file changed is not a property of the request.
  if (result.artifactsOmitted.some(({ reason }) => PASSING.has(reason))) return;
  const ranOnExecutor = imageId === null && (deps.runtimes.resolve(name)?.install ?? null) === null;
  const ranOn = ranOnExecutor ? result.imageDigest : deps.executorDigest();
  if (ranOn !== cache.executorDigest) return;
  try {
    await deps.cache.remember(record.tenant, cache.key, record.id);
  } catch (error) {
    deps.logger.warn({ err: error, executionId: record.id }, 'a result could not be remembered');
  }
}

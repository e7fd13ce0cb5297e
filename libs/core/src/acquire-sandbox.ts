import { AppError, messageOf, unranResult, type ExecutionRecord } from '@gantry/contracts';
import { endUnstarted, type UnstartedDeps } from './end-unstarted.js';
import type { ExecutionImage } from './execution-image.js';
import type {
  ClaimedDelivery,
  Logger,
  RuntimeCatalog,
  Sandbox,
  SandboxProvider,
  SandboxSpec,
  Tracer,
} from './ports/index.js';
import { tracedAcquire } from './tracing/execution-spans.js';

export interface AcquireDeps extends UnstartedDeps {
  sandboxes: SandboxProvider;
  runtimes: RuntimeCatalog;
  logger: Logger;
  tracer: Tracer;
}

export function sandboxSpec(
  deps: Pick<AcquireDeps, 'runtimes'>,
  { id, tenant, attempt, request }: ExecutionRecord,
  image: ExecutionImage,
): SandboxSpec {
  const runtime = deps.runtimes.resolve(request.runtime);
  const preload = request.preload && image.preload ? (runtime?.preload ?? null) : null;
  // A tenant's container trusts its image more than one for a single use: only the executor image, in which nothing was installed since.
  const plain = request.imageId === null && runtime?.install === null;
  return {
    tenant,
    isolation: plain ? request.isolation : 'container',
    executionId: id,
    attempt: attempt + 1,
    image: image.reference,
    limits: request.limits,
    preload,
  };
}

/** A sandbox for an execution that has not started; `null` when it was ended here, for none can be made. Throws when another delivery can help. */
export async function acquireOrEnd(
  deps: AcquireDeps,
  record: ExecutionRecord,
  image: ExecutionImage,
  delivery: ClaimedDelivery,
): Promise<Sandbox | null> {
  try {
    return await tracedAcquire(deps.tracer, () =>
      deps.sandboxes.acquire(sandboxSpec(deps, record, image), delivery.signal),
    );
  } catch (error) {
    const canHelp = !(error instanceof AppError) || error.retryable;
    if (canHelp && (delivery.retriesLeft || delivery.signal.aborted)) throw error;
    deps.logger.error({ err: error, executionId: record.id }, 'no sandbox could be made');
    const result = unranResult('failed', 'internal_error', `No sandbox could be made: ${messageOf(error)}`);
    await endUnstarted(deps, { record, nonce: delivery.nonce }, result);
    return null;
  }
}

import { acquireOrEnd } from './acquire-sandbox.js';
import type { ActiveAttempts } from './active-attempts.js';
import type { ArtifactRules } from './collect-artifacts.js';
import { brokenResult, endAttempt, type Finished } from './end-attempt.js';
import type { UnstartedDeps } from './end-unstarted.js';
import { findImageOrEnd } from './execution-image.js';
import { inputFilesOrEnd } from './load-input-files.js';
import type {
  BlobStore,
  Clock,
  EventLog,
  ImageBuilder,
  ImageStore,
  InputChannel,
  ClaimedDelivery,
  Logger,
  ResultCache,
  RuntimeCatalog,
  SandboxProvider,
  TenantStorage,
  Tracer,
} from './ports/index.js';
import { runOnNewImage } from './run-on-new-image.js';
import { runStages } from './run-stages.js';
import { startAttempt } from './start-attempt.js';
import { tracedExecution } from './tracing/execution-spans.js';

export interface RunDeps extends UnstartedDeps {
  events: EventLog;
  input: InputChannel;
  runtimes: RuntimeCatalog;
  sandboxes: SandboxProvider;
  active: ActiveAttempts;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  workerId: string;
  /** The image of a runtime that needs nothing installed, as the engine knows it. */
  imageOf: (runtimeName: string) => string;
  images: ImageStore;
  builder: ImageBuilder;
  /** Where the bytes of files are. */
  blobs: BlobStore;
  /** How much room each tenant takes. */
  storage: TenantStorage;
  artifacts: ArtifactRules;
  /** Where results are remembered that equal requests may have. */
  cache: ResultCache;
  /** The executor image's content id on this engine, as it was last seen; `null` = not known. */
  executorDigest: () => string | null;
  leaseMs: number;
}

/**
 * Runs one claimed execution to its end and writes the end. `null` when there was nothing to do (ended, cancelled or taken by another).
 * Throws only before the program has started, and only when another delivery can help; so user code never runs twice.
 */
export function runExecution(deps: RunDeps, delivery: ClaimedDelivery): Promise<Finished | null> {
  return tracedExecution(deps, delivery.record, () => runClaimed(deps, delivery));
}

async function runClaimed(deps: RunDeps, delivery: ClaimedDelivery): Promise<Finished | null> {
  const { record } = delivery;
  const files = await inputFilesOrEnd(deps, record, delivery);
  if (!files) return null;
  const found = await findImageOrEnd(deps, record, delivery);
  if (!found) return null;
  if (found.kind === 'missing') return runOnNewImage(deps, { record, files, wanted: found.wanted }, delivery);
  const { image } = found;
  const askedAt = deps.clock.monotonic();
  const sandbox = await acquireOrEnd(deps, record, image, delivery);
  if (!sandbox) return null;
  await using _held = sandbox;
  const acquireMs = deps.clock.monotonic() - askedAt;
  delivery.signal.throwIfAborted();
  const started = await startAttempt(deps, record.id, delivery.nonce);
  if (!started) return null;
  using active = deps.active.enter(record.id, started.attempt);
  const signal = AbortSignal.any([active.signal, delivery.stop]);
  const run = { record, files, sandbox, image, attempt: started.attempt, signal };
  const end = await runStages(deps, run).catch((error: unknown) => ({ result: brokenResult(deps, run, error) }));
  return await endAttempt(deps, { record, started, acquireMs }, end);
}

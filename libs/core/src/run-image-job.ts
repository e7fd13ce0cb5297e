import { isTerminal, unbuiltResult, type ImageJobRecord, type ImageResult } from '@gantry/contracts';
import type { ActiveAttempts } from './active-attempts.js';
import { classifyBuild } from './build-end.js';
import { BuildLog } from './build-log.js';
import { EventWriter } from './event-writer.js';
import { keepImageFiles, releaseJobFiles } from './image-files.js';
import type {
  BlobStore,
  BuildWatcher,
  Clock,
  EventLog,
  ImageAttemptStore,
  ImageBuilder,
  ImageStore,
  JobDelivery,
  Logger,
  TenantStorage,
  TraceContext,
  Tracer,
} from './ports/index.js';
import { startAttempt } from './start-attempt.js';
import { tracedImageJob } from './tracing/execution-spans.js';
import { SPAN } from './tracing/span-names.js';

export interface RunImageJobDeps {
  /** Of image jobs, as the next two are. */
  attempts: ImageAttemptStore;
  events: EventLog;
  active: ActiveAttempts;
  images: ImageStore;
  builder: ImageBuilder;
  blobs: BlobStore;
  storage: TenantStorage;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  workerId: string;
  leaseMs: number;
}

/** For metrics and the log. */
export interface FinishedImageJob {
  record: ImageJobRecord;
  result: ImageResult;
  queueMs: number;
  /** The span of all this; `null` = not traced. */
  trace: TraceContext | null;
}

/**
 * Makes the image of one delivered job, tells it to the store, and writes the end. `null` when there was nothing to do (ended, cancelled or
 * taken by another). Throws only before it has started.
 */
export async function runImageJob(deps: RunImageJobDeps, delivery: JobDelivery): Promise<FinishedImageJob | null> {
  const { id } = delivery;
  const record = await deps.attempts.load(id);
  if (!record || isTerminal(record.status) || record.status === 'running') return null;
  return tracedImageJob(deps, record, () => buildRecord(deps, record, delivery));
}

async function buildRecord(
  deps: RunImageJobDeps,
  record: ImageJobRecord,
  delivery: JobDelivery,
): Promise<FinishedImageJob | null> {
  const { id } = record;
  const started = await startAttempt(deps, id);
  if (!started) return null;
  using active = deps.active.enter(id, started.attempt);
  const signal = AbortSignal.any([active.signal, delivery.signal]);
  const result = await build(deps, record, { attempt: started.attempt, signal });
  const ours = await deps.tracer.span(SPAN.writeEnd, {}, () => deps.attempts.finish(id, started.attempt, result));
  // What can't be given up now expires.
  await releaseJobFiles(deps, record, record.request.recipe).catch(() => undefined);
  if (!ours) deps.logger.warn({ jobId: id, attempt: started.attempt }, 'the end of a stale attempt was refused');
  return ours ? { record, result, queueMs: started.startedAt - started.createdAt, trace: null } : null;
}

async function build(
  deps: RunImageJobDeps,
  record: ImageJobRecord,
  run: { attempt: number; signal: AbortSignal },
): Promise<ImageResult> {
  const { imageId, recipe } = record.request;
  const log = new BuildLog();
  const events = new EventWriter(deps.events, deps.clock, { id: record.id, attempt: run.attempt });
  const watcher: BuildWatcher = {
    line: (text) => {
      log.line(text);
      void events.write('stdout', Buffer.from(`${text}\n`));
    },
    progress: (message, percent) => events.progress(message, percent),
  };
  const startedAt = deps.clock.monotonic();
  const end = await deps.tracer
    .span(SPAN.buildImage, {}, () => deps.builder.ensure(imageId, recipe, watcher, run.signal))
    .then(async (outcome): Promise<ImageResult> => {
      await publish(deps, record, outcome.image);
      return { ...unbuiltResult('completed', 'built', ''), message: null, ...outcome };
    })
    .catch((error: unknown): ImageResult => {
      const { failingLine, ...verdict } = classifyBuild(error, run.signal.aborted ? run.signal.reason : undefined);
      if (verdict.reason === 'internal_error')
        deps.logger.error({ err: error, jobId: record.id }, 'an image job broke');
      return { ...unbuiltResult(verdict.status, verdict.reason, verdict.message), failingLine };
    });
  await events.close();
  return { ...end, log: log.toText(), buildMs: Math.round(deps.clock.monotonic() - startedAt) };
}

/** The image becomes its tenant's only now: what could not be built is never listed. */
async function publish(
  deps: RunImageJobDeps,
  { tenant, request: { imageId, recipe, name } }: ImageJobRecord,
  image: Parameters<ImageStore['built']>[1],
): Promise<void> {
  await keepImageFiles(deps, { tenant, imageId }, recipe);
  await deps.images.put(tenant, imageId, recipe);
  await deps.images.built(imageId, image);
  if (name !== null) await deps.images.tag(tenant, name, imageId);
}

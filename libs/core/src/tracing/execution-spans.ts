import type { ExecutionRecord, ExecutionResult, ImageJobRecord } from '@gantry/contracts';
import type { Finished } from '../end-attempt.js';
import type { OutputSink, Sandbox, Span, SpanAttributes, StageCommand, StageReport, Tracer } from '../ports/index.js';
import type { FinishedImageJob } from '../run-image-job.js';
import { inJobSpan, type JobSpanDeps } from './job-spans.js';
import { SPAN } from './span-names.js';

/** The whole work on an execution, from its delivery to its end. */
export function tracedExecution(
  deps: JobSpanDeps,
  record: ExecutionRecord,
  run: () => Promise<Finished | null>,
): Promise<Finished | null> {
  const { runtime, imageId } = record.request;
  const attributes = { 'gantry.language': runtime, 'gantry.image.id': imageId };
  return inJobSpan(deps, { queue: 'execution', record, attributes }, { run, tell: tellExecution });
}

/** The whole work on an image job. */
export function tracedImageJob(
  deps: JobSpanDeps,
  record: ImageJobRecord,
  run: () => Promise<FinishedImageJob | null>,
): Promise<FinishedImageJob | null> {
  const { kind, imageId } = record.request;
  const attributes = { 'gantry.kind': kind, 'gantry.image.id': imageId };
  const tell = (span: Span, { result, queueMs }: FinishedImageJob): void => {
    span.set({ 'gantry.status': result.status, 'gantry.reason': result.reason, 'gantry.queue_ms': queueMs });
    span.set({ 'gantry.build_ms': result.buildMs });
    blame(span, result.reason);
  };
  return inJobSpan(deps, { queue: 'image', record, attributes }, { run, tell });
}

/** Getting a sandbox, ready ones included. */
export function tracedAcquire(tracer: Tracer, acquire: () => Promise<Sandbox>): Promise<Sandbox> {
  return tracer.span(SPAN.acquireSandbox, {}, async (span) => {
    const sandbox = await acquire();
    span.set({ 'gantry.sandbox': sandbox.info.kind });
    return sandbox;
  });
}

/** One stage in its sandbox: `compile` or `run`. */
export function tracedStage(
  tracer: Tracer,
  name: typeof SPAN.compile | typeof SPAN.run,
  stage: { sandbox: Sandbox; command: StageCommand; sink: OutputSink; signal: AbortSignal },
): Promise<StageReport> {
  return tracer.span(name, {}, async (span) => {
    const report = await stage.sandbox.run(stage.command, stage.sink, stage.signal);
    span.set({
      'gantry.exit_code': report.exitCode,
      'gantry.signal': report.signal,
      'gantry.cause': report.cause,
      'gantry.wall_ms': report.wallMs,
      'gantry.cpu_ms': report.cpuMs,
      'gantry.peak_memory_bytes': report.peakMemoryBytes,
    });
    return report;
  });
}

function tellExecution(span: Span, { result, queueMs, attempt }: Finished): void {
  span.set({
    'gantry.attempt': attempt,
    'gantry.status': result.status,
    'gantry.reason': result.reason,
    'gantry.exit_code': result.exitCode,
    'gantry.signal': result.signal,
    'gantry.sandbox': result.sandbox,
    'gantry.queue_ms': queueMs,
    'gantry.run_ms': result.executionMs,
    ...limitAttributes(result),
  });
  blame(span, result.reason);
}

/** As applied. */
function limitAttributes({ limits }: ExecutionResult): SpanAttributes {
  return {
    'gantry.limit.memory_bytes': limits?.memoryBytes,
    'gantry.limit.cpu_cores': limits?.cpuCores,
    'gantry.limit.timeout_ms': limits?.timeoutMs,
    'gantry.limit.processes': limits?.maxProcesses,
    'gantry.limit.network': limits?.networkEnabled,
  };
}

/** A program or a build that fails is a result; only what is our own doing is an error. */
function blame(span: Span, reason: string): void {
  if (reason === 'internal_error' || reason === 'worker_lost') span.fail(reason);
}

import {
  argsAndEnvFit,
  AppError,
  EMPTY_OUTPUT,
  MAX_ARGS_AND_ENV_BYTES,
  type AppliedLimits,
  type ExecutionEvent,
  type ExecutionRecord,
  type ExecutionSummary,
  type ExecutionView,
  type HealthView,
  type Limits,
  type QueueView,
  type Runtime,
  type RuntimeList,
  type StreamExecuteRequest,
  type Usage,
  type WorkerStatus,
} from '@gantry/contracts';
import { runtimeAvailability, type ExecutionOrder, type QueueEstimate, type ServiceHealth } from '@gantry/core';
import type { Owner } from './authenticate.js';
import type { SentEvent } from './sse-writer.js';
import { toArtifactFields } from './wire-artifacts.js';
import { toInputFileOrder } from './wire-files.js';
import { toWebhook, toWebhookView } from './wire-webhooks.js';

// The only place where wire names (snake_case, seconds, MiB) and our types (camelCase, milliseconds, bytes) meet.

const MIB = 1024 * 1024;

const seconds = (ms: number): number => ms / 1000;
const isoTime = (ms: number): string => new Date(ms).toISOString();

export function toOrder(
  body: StreamExecuteRequest & { cache?: boolean },
  { tenant, caps }: Owner,
  idempotencyKey: string | null,
): ExecutionOrder {
  if (!argsAndEnvFit(body)) {
    const message = `args and environment_variables together must have at most ${MAX_ARGS_AND_ENV_BYTES} bytes`;
    throw new AppError('invalid_request', message, { fields: [{ path: 'args', message }] });
  }
  return {
    tenant,
    caps,
    language: body.language,
    code: body.code,
    args: body.args,
    stdin: body.input_data ?? '',
    env: body.environment_variables,
    workingDirectory: body.working_directory,
    imageId: body.image_id ?? null,
    limits: body.resource_limits,
    onOutputLimit: body.on_output_limit,
    stdinMode: body.stdin,
    preload: body.preload,
    isolation: body.isolation,
    requires: body.requires,
    priority: body.priority,
    retryOnWorkerLost: body.retry.on_worker_lost,
    files: body.files.map(toInputFileOrder),
    artifacts: body.artifacts,
    cache: body.cache ?? false,
    webhook: toWebhook(body.webhook),
    idempotencyKey,
  };
}

export function toLimitsView(limits: Limits): AppliedLimits {
  return {
    memory_mb: limits.memoryBytes / MIB,
    cpu_cores: limits.cpuCores,
    timeout_seconds: seconds(limits.timeoutMs),
    network_enabled: limits.networkEnabled,
    cpu_seconds: limits.cpuMs === null ? null : seconds(limits.cpuMs),
    max_processes: limits.maxProcesses,
    max_output_bytes: limits.maxOutputBytes,
    max_file_bytes: limits.maxFileBytes,
    max_open_files: limits.maxOpenFiles,
    disk_mb: limits.diskBytes / MIB,
  };
}

export function toUsageView(usage: Usage): NonNullable<ExecutionView['usage']> {
  return {
    cpu_seconds: usage.cpuMs === null ? null : seconds(usage.cpuMs),
    peak_memory_bytes: usage.peakMemoryBytes,
    peak_processes: usage.peakProcesses,
  };
}

/** @param cached it is told as the answer to a later, equal request */
export function toExecutionSummary(record: ExecutionRecord, cached = false): ExecutionSummary {
  const { result } = record;
  return {
    execution_id: record.id,
    status: record.status,
    reason: result?.reason ?? null,
    language: record.request.runtime,
    stdout_truncated: result?.stdout.truncated ?? false,
    stderr_truncated: result?.stderr.truncated ?? false,
    exit_code: result?.exitCode ?? null,
    signal: result?.signal ?? null,
    error_message: result?.message ?? null,
    execution_time_seconds: result?.executionMs == null ? null : seconds(result.executionMs),
    queue_seconds: record.startedAt === null ? null : seconds(record.startedAt - record.createdAt),
    sandbox: result?.sandbox ?? null,
    attempt: record.attempt,
    worker: record.worker,
    image_id: record.request.imageId,
    image_seconds: result?.imageMs == null ? null : seconds(result.imageMs),
    image_digest: result?.imageDigest ?? null,
    created_at: isoTime(record.createdAt),
    started_at: record.startedAt === null ? null : isoTime(record.startedAt),
    finished_at: record.finishedAt === null ? null : isoTime(record.finishedAt),
    timestamp: seconds(record.finishedAt ?? record.createdAt),
    cached,
    origin_execution_id: cached ? record.id : null,
    webhook: toWebhookView(record.webhook),
  };
}

/** @param options `cached`: it is told as the answer to a later, equal request; `queue`: where it stands, while it waits */
export function toExecutionView(
  record: ExecutionRecord,
  { cached = false, queue = null }: { cached?: boolean; queue?: QueueEstimate | null } = {},
): ExecutionView {
  const { result } = record;
  const stdout = result?.stdout ?? EMPTY_OUTPUT;
  const stderr = result?.stderr ?? EMPTY_OUTPUT;
  return {
    ...toExecutionSummary(record, cached),
    queue: toQueueView(queue),
    stdout: result ? stdout.text : null,
    stderr: result ? stderr.text : null,
    stdout_encoding: stdout.encoding,
    stderr_encoding: stderr.encoding,
    usage: result ? toUsageView(result.usage) : null,
    limits: result?.limits ? toLimitsView(result.limits) : null,
    ...toArtifactFields(record),
  };
}

export function toQueueView(queue: QueueEstimate | null): QueueView | null {
  return (
    queue && { position: queue.position, estimated_wait_seconds: queue.waitMs === null ? null : seconds(queue.waitMs) }
  );
}

/** What a stream's client has had as events is not sent again past this many bytes; GET tells the whole. */
export const MAX_OUTPUT_IN_RESULT_EVENT = 1024 * 1024;

export function toResultData(record: ExecutionRecord, complete: boolean): ExecutionView {
  const view = toExecutionView(record);
  const length = (view.stdout?.length ?? 0) + (view.stderr?.length ?? 0);
  return complete && length <= MAX_OUTPUT_IN_RESULT_EVENT ? view : { ...view, stdout: null, stderr: null };
}

/** How output ends in the log when nothing was left out before it: all but the time is there already, and much of it comes. */
const WHOLE_OUTPUT = /"encoding":"(utf-8|base64)"\}$/;

function toStatusData({ queue, ...data }: (ExecutionEvent & { type: 'status' })['data']): object {
  return queue === undefined ? data : { ...data, queue: toQueueView(queue) };
}

/** @param result what the `result` event tells */
export function toStreamEvent(event: ExecutionEvent, result: object): SentEvent {
  const at = seconds(event.at);
  switch (event.type) {
    case 'status':
      return { id: event.seq, type: 'status', data: { ...toStatusData(event.data), at } };
    case 'stdout':
    case 'stderr': {
      if (event.json !== undefined && WHOLE_OUTPUT.test(event.json.slice(-24)))
        return { id: event.seq, type: event.type, data: `${event.json.slice(0, -1)},"at":${at}}` };
      const { text, encoding, droppedBytes } = event.data;
      const dropped = droppedBytes === undefined ? {} : { dropped_bytes: droppedBytes };
      return { id: event.seq, type: event.type, data: { text, encoding, ...dropped, at } };
    }
    case 'progress':
      return { id: event.seq, type: 'progress', data: { ...event.data, at } };
    case 'usage':
      return { id: event.seq, type: 'usage', data: { ...toUsageView(event.data), at } };
    case 'result':
      return { id: event.seq, type: 'result', data: result };
  }
}

export function toHealthView(health: ServiceHealth, service: { version: string; nowMs: number }): HealthView {
  return {
    status: health.healthy ? 'healthy' : 'unhealthy',
    docker_available: health.dockerAvailable,
    redis_available: health.redisAvailable,
    timestamp: seconds(service.nowMs),
    active_containers: health.running,
    available_images: health.images,
    workers: health.workers.length,
    version: service.version,
  };
}

export function toRuntimeList(runtimes: readonly Runtime[], workers: readonly WorkerStatus[]): RuntimeList {
  return { runtimes: runtimes.map((runtime) => toRuntimeView(runtime, workers)) };
}

function toRuntimeView(runtime: Runtime, workers: readonly WorkerStatus[]): RuntimeList['runtimes'][number] {
  const { image, reason, imageId } = runtimeAvailability(runtime, workers);
  return {
    name: runtime.name,
    aliases: runtime.aliases,
    version: runtime.version,
    extensions: runtime.extensions,
    file_name: runtime.fileName,
    compiled: runtime.compile !== null,
    package_manager: runtime.packageManager,
    image,
    image_reason: reason,
    image_id: imageId,
  };
}

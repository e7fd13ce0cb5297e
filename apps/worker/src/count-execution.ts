import type { ExecutionRecord, ExecutionResult, OutputText } from '@gantry/contracts';
import type { Finished } from '@gantry/core';
import type { WorkerMetrics } from '@gantry/service';

/** One that could not be started. */
export function countUnstarted(metrics: WorkerMetrics, record: ExecutionRecord, result: ExecutionResult): void {
  const { status, reason } = result;
  metrics.executions.inc({ language: record.request.runtime, status, reason });
  metrics.tenantExecutions.inc({ tenant: metrics.tenants.of(record.tenant), status });
}

/** All that is counted of one execution, once, when it has ended. */
export function countExecution(metrics: WorkerMetrics, finished: Finished): void {
  const { record, result, acquireMs, queueMs } = finished;
  const { status, reason, sandbox, executionMs, usage } = result;
  const language = record.request.runtime;
  metrics.executions.inc({ language, status, reason });
  metrics.queueDelay.observe({ language }, queueMs / 1000);
  if (sandbox) metrics.acquire.observe({ sandbox }, acquireMs / 1000);
  if (executionMs !== null) metrics.runDuration.observe({ language }, executionMs / 1000);
  metrics.outputBytes.inc({ stream: 'stdout' }, byteLength(result.stdout));
  metrics.outputBytes.inc({ stream: 'stderr' }, byteLength(result.stderr));
  if (result.artifacts.length > 0) {
    metrics.artifacts.inc(result.artifacts.length);
    metrics.artifactBytes.inc(result.artifacts.reduce((sum, { size }) => sum + size, 0));
  }
  for (const omitted of result.artifactsOmitted) metrics.artifactsOmitted.inc({ reason: omitted.reason });

  const tenant = metrics.tenants.of(record.tenant);
  metrics.tenantExecutions.inc({ tenant, status });
  metrics.tenantRun.inc({ tenant }, (executionMs ?? 0) / 1000);
  metrics.tenantCpu.inc({ tenant }, (usage.cpuMs ?? 0) / 1000);
}

function byteLength({ bytes, text, encoding }: OutputText): number {
  return bytes?.length ?? Buffer.byteLength(text, encoding === 'base64' ? 'base64' : 'utf8');
}

import { runExecution, traceFields, type ClaimedDelivery, type Finished, type RunDeps } from '@gantry/core';
import type { WorkerMetrics } from '@gantry/service';
import { countExecution } from './count-execution.js';

/** One claimed execution: runs it, counts it, logs its end. */
export async function handleJob(deps: RunDeps & { metrics: WorkerMetrics }, delivery: ClaimedDelivery): Promise<void> {
  const tenant = deps.metrics.tenants.of(delivery.record.tenant);
  deps.metrics.running.inc();
  deps.metrics.tenantRunning.inc({ tenant });
  try {
    const finished = await runExecution(deps, delivery);
    if (finished) observe(deps, finished);
  } finally {
    deps.metrics.running.dec();
    deps.metrics.tenantRunning.dec({ tenant });
  }
}

function observe(deps: RunDeps & { metrics: WorkerMetrics }, finished: Finished): void {
  countExecution(deps.metrics, finished);
  const { record, result, acquireMs, queueMs, attempt } = finished;
  deps.logger.info(
    {
      executionId: record.id,
      tenant: record.tenant,
      language: record.request.runtime,
      attempt,
      status: result.status,
      reason: result.reason,
      exitCode: result.exitCode,
      queueMs,
      acquireMs: Math.round(acquireMs),
      runMs: result.executionMs,
      ...traceFields(finished.trace),
    },
    'execution ended',
  );
}

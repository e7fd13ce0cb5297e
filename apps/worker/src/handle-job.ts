import type { OutputText } from '@gantry/contracts';
import { runExecution, type Finished, type JobDelivery, type RunDeps } from '@gantry/core';
import type { WorkerMetrics } from '@gantry/service';

/** One delivered job, from the queue's words to ours: runs it, counts it, logs its end. */
export async function handleJob(deps: RunDeps & { metrics: WorkerMetrics }, delivery: JobDelivery): Promise<void> {
  deps.metrics.running.inc();
  try {
    const finished = await runExecution(deps, delivery);
    if (finished) observe(deps, finished);
  } finally {
    deps.metrics.running.dec();
  }
}

function observe(deps: RunDeps & { metrics: WorkerMetrics }, finished: Finished): void {
  const { record, result, acquireMs, queueMs, attempt } = finished;
  const { metrics } = deps;
  const language = record.request.runtime;
  metrics.executions.inc({ language, status: result.status, reason: result.reason });
  metrics.queueDelay.observe({ language }, queueMs / 1000);
  if (result.sandbox) metrics.acquire.observe({ sandbox: result.sandbox }, acquireMs / 1000);
  if (result.executionMs !== null) metrics.runDuration.observe({ language }, result.executionMs / 1000);
  metrics.outputBytes.inc({ stream: 'stdout' }, lengthOf(result.stdout));
  metrics.outputBytes.inc({ stream: 'stderr' }, lengthOf(result.stderr));
  deps.logger.info(
    {
      executionId: record.id,
      tenant: record.tenant,
      language,
      attempt,
      status: result.status,
      reason: result.reason,
      exitCode: result.exitCode,
      queueMs,
      acquireMs: Math.round(acquireMs),
      runMs: result.executionMs,
    },
    'execution ended',
  );
}

function lengthOf(output: OutputText): number {
  return (output.bytes ?? output.text).length;
}

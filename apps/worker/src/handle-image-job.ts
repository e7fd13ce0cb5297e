import { runImageJob, traceFields, type JobDelivery, type RunImageJobDeps } from '@gantry/core';
import type { WorkerMetrics } from '@gantry/service';

/** One delivered image job, from the queue's words to ours: makes the image, counts it, logs its end. */
export async function handleImageJob(
  deps: RunImageJobDeps & { metrics: WorkerMetrics },
  delivery: JobDelivery,
): Promise<void> {
  const finished = await runImageJob(deps, delivery);
  if (!finished) return;
  const { record, result, queueMs, trace } = finished;
  const { kind, imageId } = record.request;
  const { status, reason, buildMs } = result;
  deps.metrics.imageJobs.inc({ kind, status, reason });
  deps.logger.info(
    { jobId: record.id, tenant: record.tenant, kind, imageId, status, reason, queueMs, buildMs, ...traceFields(trace) },
    'image job ended',
  );
}

import { workerState, type AdminWorkerView, type KnownWorker, type WorkerView } from '@gantry/contracts';

/** What whoever may run programs may know: whether and how well they are served, not on which machines. */
export function toWorkerView(worker: KnownWorker): WorkerView {
  return {
    worker_id: worker.id,
    state: workerState(worker),
    drained: worker.drained,
    version: worker.version,
    tags: worker.tags,
    slots: worker.slots,
    running: worker.running,
    pool: worker.pool,
    heartbeat_age_seconds: seconds(worker.ageMs),
  };
}

export function toAdminWorkerView(worker: KnownWorker): AdminWorkerView {
  const { available, version, images, executorDigest, message } = worker.engine;
  return {
    ...toWorkerView(worker),
    host: worker.host,
    pid: worker.pid,
    labels: worker.labels,
    uptime_seconds: seconds(worker.uptimeMs + worker.ageMs),
    engine: { available, version, images, executor_digest: executorDigest, message },
    images_ready: worker.images.length,
  };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

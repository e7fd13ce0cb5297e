import { messageOf, type ExecutionRequest, type ImageRequest, type JobRecord } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { WorkerMetrics } from '@gantry/service';

export interface LostCounter {
  /** So many leases were found lapsed that had not lapsed at the last look. */
  onLapsed(count: number): void;
  /** The reaper has ended this job. Nobody waits for this. */
  onEnded(id: string): void;
}

export interface LostCounterDeps<Request> {
  attempts: { load(id: string): Promise<JobRecord<Request, unknown> | null> };
  metrics: WorkerMetrics;
  logger: Logger;
}

/** Ends that no worker has seen are counted by the worker that wrote them, so that every end is counted once. */
export function lostExecutions(deps: LostCounterDeps<ExecutionRequest>): LostCounter {
  return lostCounter('executions', deps, ({ request, tenant }) => {
    deps.metrics.executions.inc({ language: request.runtime, status: 'failed', reason: 'worker_lost' });
    deps.metrics.tenantExecutions.inc({ tenant: deps.metrics.tenants.of(tenant), status: 'failed' });
  });
}

export function lostImageJobs(deps: LostCounterDeps<ImageRequest>): LostCounter {
  return lostCounter('images', deps, ({ request }) =>
    deps.metrics.imageJobs.inc({ kind: request.kind, status: 'failed', reason: 'worker_lost' }),
  );
}

function lostCounter<Request>(
  jobs: string,
  { attempts, metrics, logger }: LostCounterDeps<Request>,
  count: (record: JobRecord<Request, unknown>) => void,
): LostCounter {
  const countEnd = async (id: string): Promise<void> => {
    metrics.jobsLost.inc({ jobs });
    const record = await attempts.load(id);
    const worker = record?.worker ?? null;
    metrics.workerLost.inc({ jobs, worker: worker === null ? 'none' : metrics.workers.of(worker) });
    if (record) count(record);
  };
  return {
    onLapsed: (lapsed) => metrics.leasesLapsed.inc({ jobs }, lapsed),
    onEnded: (id) =>
      void countEnd(id).catch((error: unknown) =>
        logger.debug({ jobId: id, reason: messageOf(error) }, 'a lost job was not counted'),
      ),
  };
}

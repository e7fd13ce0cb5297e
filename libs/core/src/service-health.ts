import type { WorkerStatus } from '@gantry/contracts';
import type { WorkerDirectory } from './ports/index.js';

export interface ServiceHealth {
  healthy: boolean;
  redisAvailable: boolean;
  dockerAvailable: boolean;
  running: number;
  images: number;
  workers: WorkerStatus[];
  /** What is missing, per part; null when that part is well. */
  messages: { redis: string | null; workers: string | null };
}

/** Whether executions can be taken and run now. Never throws; the directory's deadline bounds it. */
export async function serviceHealth(deps: { workers: WorkerDirectory }): Promise<ServiceHealth> {
  let workers: WorkerStatus[];
  try {
    workers = await deps.workers.list();
  } catch {
    const messages = { redis: 'Redis does not answer', workers: 'unknown while Redis does not answer' };
    return {
      healthy: false,
      redisAvailable: false,
      dockerAvailable: false,
      running: 0,
      images: 0,
      workers: [],
      messages,
    };
  }
  const dockerAvailable = workers.some((worker) => worker.engine.available && !worker.draining);
  return {
    healthy: dockerAvailable,
    redisAvailable: true,
    dockerAvailable,
    running: workers.reduce((sum, worker) => sum + worker.running, 0),
    images: Math.max(0, ...workers.map((worker) => worker.engine.images)),
    workers,
    messages: { redis: null, workers: dockerAvailable ? null : whyNoWorker(workers) },
  };
}

/** One sentence for people: why nothing can be run. */
function whyNoWorker(workers: readonly WorkerStatus[]): string {
  if (workers.length === 0) return 'No worker is connected; start one with the same REDIS_URL';
  const broken = workers.find((worker) => !worker.engine.available);
  return broken ? `No Docker engine: ${broken.engine.message ?? 'it does not answer'}` : 'All workers are draining';
}

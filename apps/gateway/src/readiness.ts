import type { ReadinessView, WorkerStatus } from '@gantry/contracts';
import { serviceHealth, type JobQueue, type WorkerDirectory } from '@gantry/core';

export interface ReadinessDeps {
  workers: WorkerDirectory;
  queue: Pick<JobQueue, 'depth'>;
  shutdown: AbortSignal;
  leaving?: AbortSignal | undefined;
  /** How Redis is set up, when it answers. */
  redisSetup?: { check(): Check } | undefined;
}

type Check = ReadinessView['checks'][string];

const fine: Check = { ok: true, message: null };
const broken = (message: string): Check => ({ ok: false, message });

/**
 * Whether this gateway can take executions that somebody will run, part by part; what can't be known without another part is not well
 * either, and says which part that is. Never throws.
 */
export async function readiness({
  workers,
  queue,
  shutdown,
  leaving,
  redisSetup,
}: ReadinessDeps): Promise<ReadinessView> {
  const [health, queueCheck] = await Promise.all([
    serviceHealth({ workers }),
    queue.depth().then(
      () => fine,
      () => broken('The queue does not answer'),
    ),
  ]);
  const { messages, redisAvailable } = health;
  const blind = 'unknown while Redis does not answer';
  const checks: Record<string, Check> = {
    redis: messages.redis === null ? (redisSetup?.check() ?? fine) : broken(messages.redis),
    queue: redisAvailable ? queueCheck : broken(blind),
    workers: messages.workers === null ? fine : broken(messages.workers),
    engine: redisAvailable ? engineCheck(health.workers) : broken(blind),
    image: redisAvailable ? imageCheck(health.workers) : broken(blind),
    intake: shutdown.aborted || leaving?.aborted === true ? broken('shutting down') : fine,
  };
  return { ready: Object.values(checks).every((check) => check.ok), checks };
}

function engineCheck(workers: readonly WorkerStatus[]): Check {
  if (workers.length === 0) return broken('unknown while no worker is connected');
  if (workers.some(({ engine }) => engine.available)) return fine;
  return broken(workers[0]?.engine.message ?? 'No Docker engine answers');
}

function imageCheck(workers: readonly WorkerStatus[]): Check {
  const usable = workers.filter(({ engine }) => engine.available);
  if (usable.length === 0) return broken('unknown while no engine answers');
  if (usable.some(({ engine }) => engine.executorDigest !== null)) return fine;
  return broken('No worker has its executor image');
}

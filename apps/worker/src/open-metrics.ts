import type { Logger, RuntimeCatalog } from '@gantry/core';
import type { EngineCallObserver } from '@gantry/sandbox';
import {
  createRegistry,
  createWorkerMetrics,
  observeRedis,
  PROBE_REDIS_EVERY_MS,
  repeat,
  type ClosingStack,
  type Registry,
  type WorkerMetrics,
} from '@gantry/service';
import { redisMemory, type EventsWritten, type Redis } from '@gantry/storage';
import type { WorkerConfig } from './config.js';

export interface OpenMetrics {
  registry: Registry;
  metrics: WorkerMetrics;
  /** For whoever calls the engine, and whoever writes events. */
  onEngineCall: EngineCallObserver;
  onEventsWritten: EventsWritten;
}

/** @param redis of an `answering` connection, which is measured from now on */
export function openMetrics(
  { config, logger, stack }: { config: WorkerConfig; logger: Logger; stack: ClosingStack },
  { redis, runtimes }: { redis: Redis; runtimes: RuntimeCatalog },
): OpenMetrics {
  const registry = createRegistry('worker');
  const languages = runtimes.list().map(({ name }) => name);
  const metrics = createWorkerMetrics(registry, { maxTenants: config.MAX_TENANT_LABELS, languages });
  const probe = observeRedis(registry, { ping: () => redis.ping(), memory: () => redisMemory(redis) });
  const probing = repeat('Redis probe', PROBE_REDIS_EVERY_MS, logger, probe);
  stack.defer('Redis probe', () => probing.stop());
  return {
    registry,
    metrics,
    onEngineCall: (call, outcome, seconds) => metrics.engineCalls.observe({ call, outcome }, seconds),
    onEventsWritten: (events, bytes) => {
      metrics.eventsWritten.inc(events);
      metrics.eventBytesWritten.inc(bytes);
    },
  };
}

import type { QuotaFault } from '@gantry/contracts';
import type { BlobStore, JobQueue, Logger, SubmitDeps, WorkerDirectory } from '@gantry/core';
import {
  createGatewayMetrics,
  createRegistry,
  createWebhookMetrics,
  observeGateway,
  observeRedis,
  PROBE_REDIS_EVERY_MS,
  repeat,
  type ClosingStack,
  type GatewayMetrics,
  type Registry,
  type WebhookMetrics,
} from '@gantry/service';
import { redisBacklog, redisMemory, type Redis } from '@gantry/storage';
import type { GatewayConfig } from './config.js';

export interface MeasuredParts {
  redis: Redis;
  imageQueue: JobQueue;
  workers: WorkerDirectory;
  blobs: BlobStore;
}

export interface OpenMetrics {
  registry: Registry;
  metrics: GatewayMetrics;
  webhookMetrics: WebhookMetrics;
  onSubmit: NonNullable<SubmitDeps['onSubmit']>;
  /** Told of every refusal because a limit of a key was reached. */
  onLimit: (limit: QuotaFault['limit']) => void;
}

/** The gateway's registry, with all that is asked at a scrape. */
export function openMetrics(
  { config, logger, stack }: { config: GatewayConfig; logger: Logger; stack: ClosingStack },
  { redis, imageQueue, workers, blobs }: MeasuredParts,
): OpenMetrics {
  const registry = createRegistry('gateway');
  const metrics = createGatewayMetrics(registry, config.MAX_TENANT_LABELS);
  const sources = {
    imageQueue: () => imageQueue.depth(),
    backlog: () => redisBacklog(redis, config.DEPLOYMENT),
    workers: () => workers.list(),
    blobs: () => blobs.usage(),
  };
  observeGateway(registry, sources, metrics.tenants);
  const probe = observeRedis(registry, { ping: () => redis.ping(), memory: () => redisMemory(redis) });
  const probing = repeat('Redis probe', PROBE_REDIS_EVERY_MS, logger, probe);
  stack.defer('Redis probe', () => probing.stop());
  return {
    registry,
    metrics,
    webhookMetrics: createWebhookMetrics(registry),
    onSubmit: (language, outcome, order) => countSubmit(metrics, language, outcome, order),
    onLimit: (limit) => metrics.rateLimited.inc({ limit }),
  };
}

function countSubmit(
  metrics: GatewayMetrics,
  ...[language, outcome, order]: Parameters<OpenMetrics['onSubmit']>
): void {
  metrics.submitted.inc({ language, outcome });
  metrics.tenantSubmits.inc({ tenant: metrics.tenants.of(order.tenant), outcome });
  if (!order.cache) return;
  if (outcome === 'cached') metrics.cacheLookups.inc({ outcome: 'hit' });
  if (outcome === 'accepted') metrics.cacheLookups.inc({ outcome: 'miss' });
}

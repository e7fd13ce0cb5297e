import { setMaxListeners } from 'node:events';
import type { AdmissionRules, Logger, Tracer } from '@gantry/core';
import { BullmqJobQueue } from '@gantry/queue';
import { loadRuntimes } from '@gantry/runtimes';
import { ClosingStack, ConfigError, systemClock, VERSION, type RunningService } from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisClock,
  RedisEventLog,
  RedisInputChannel,
  RedisJobStore,
  RedisScheduler,
  RedisSetup,
  RedisWorkerDirectory,
  type Redis,
} from '@gantry/storage';
import { openAdminServer } from './admin/open-admin-server.js';
import { createApp } from './app.js';
import { exposureFault, type GatewayConfig } from './config.js';
import type { GatewayDeps } from './deps.js';
import { openFiles } from './open-files.js';
import { openKeys } from './keys/open-keys.js';
import { openImages } from './open-images.js';
import { openMetrics } from './open-metrics.js';
import { openServer } from './open-server.js';
import { openWebhooks } from './webhooks/open-webhooks.js';

const MIB = 1024 * 1024;
/** An offer that is not accepted within this is void; shorter than the promised answer time, so no client was told otherwise. */
const ACCEPT_WITHIN_MS = 1500;
const WORKERS_FRESH_MS = 500;

export interface GatewayAddresses {
  url: string;
  adminUrl: string;
}

interface Opener {
  config: GatewayConfig;
  logger: Logger;
  stack: ClosingStack;
}

/** Opens everything a gateway needs and serves until `close`. */
export async function startGateway(
  config: GatewayConfig,
  logger: Logger,
  tracer: Tracer,
): Promise<RunningService & GatewayAddresses> {
  const fault = exposureFault(config);
  if (fault !== null) throw new ConfigError(fault);
  const stack = new ClosingStack(logger);
  try {
    return { ...(await open({ config, logger, stack }, tracer)), close: () => stack.close() };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

async function open(opener: Opener, tracer: Tracer): Promise<GatewayAddresses> {
  const { config, logger, stack } = opener;
  const runtimes = loadRuntimes(config.RUNTIMES_DIR);
  const [redis, subscriberRedis, transfers] = await Promise.all([
    openRedis(opener, 'gateway'),
    openRedis(opener, 'gateway-subscriber'),
    openRedis(opener, 'gateway-transfers', 'transferring'),
  ]);
  const { DEPLOYMENT: deployment, REDIS_URL: url, REDIS_STRICT: strict } = config;
  const redisSetup = await RedisSetup.open({ redis, url, strict, logger });
  stack.defer('look at Redis', () => redisSetup[Symbol.dispose]());
  const queue = new BullmqJobQueue({ redis, deployment, queue: 'execution' });
  stack.defer('queue', () => queue.close());
  const store = new RedisJobStore({
    family: EXECUTIONS,
    redis,
    deployment,
    retentionMs: config.RETENTION_SECONDS * 1000,
    // Nobody waits for this, and what is missing is made up for.
    onOwed: (tokens) =>
      void queue.enqueueTokens(tokens).catch((error: unknown) => logger.debug({ err: error }, 'tokens left out')),
  });
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const events = new RedisEventLog({ redis, subscriber, deployment, maxBytes: config.MAX_EVENT_LOG_BYTES });
  const input = new RedisInputChannel({ redis, subscriber, deployment });
  const clock = await RedisClock.open(redis, systemClock, logger);
  stack.defer('clock', () => clock[Symbol.dispose]());
  const directory = { redis, subscriber, deployment, clock, logger, freshMs: WORKERS_FRESH_MS };
  const workers = new RedisWorkerDirectory(directory);
  const kept = await openFiles(config, { redis, transfers }, stack);
  const images = openImages(config, { redis, subscriber }, stack);
  const parts = { redis, imageQueue: images.imageJobs.queue, workers, blobs: kept.blobs };
  const measured = openMetrics(opener, parts);

  const keys = await openKeys(config, { redis, subscriber, clock, logger }, stack);

  const webhooks = await openWebhooks(
    { ...opener, clock, metrics: measured.webhookMetrics, version: VERSION },
    { redis, subscriber, openBlocking: () => openRedis(opener, 'gateway-webhooks', 'persistent') },
  );

  const shutdown = new AbortController();
  // Every request under way listens; there is no ceiling on those.
  setMaxListeners(0, shutdown.signal);
  const leaving = new AbortController();
  const rules = admissionRules(config);
  const deps: GatewayDeps = {
    store,
    queue,
    scheduler: new RedisScheduler({ redis, subscriber, deployment }),
    input,
    events,
    runtimes,
    workers,
    ...kept,
    ...images,
    clock,
    logger,
    tracer,
    redisSetup,
    rules,
    config,
    ...measured,
    ...keys,
    ...webhooks,
    version: VERSION,
    shutdown: shutdown.signal,
    leaving: leaving.signal,
  };
  const admin = await openAdminServer(deps, redis, stack);
  const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1000;
  const server = await openServer(createApp(deps), {
    ...{ host: config.HOST, port: config.PORT, graceMs },
    maxConnections: config.MAX_CONNECTIONS,
    requestTimeoutMs: config.REQUEST_TIMEOUT_SECONDS * 1000,
  });
  stack.defer('http server', () => server.close());
  stack.defer('streams', () => shutdown.abort(new Error('shutting down')));
  stack.defer('intake', async () => {
    leaving.abort(new Error('shutting down'));
    await server.leave(config.SHUTDOWN_DELAY_SECONDS * 1000);
  });
  const addresses = { url: server.url, adminUrl: admin.url };
  logger.info({ ...addresses, keys: config.API_KEYS.length, adminKeys: config.ADMIN_KEYS.length }, 'gateway started');
  return addresses;
}

async function openRedis(
  { config, logger, stack }: Opener,
  name: string,
  role: 'answering' | 'transferring' | 'persistent' = 'answering',
): Promise<Redis> {
  const redis = await connectRedis({
    url: config.REDIS_URL,
    ca: config.REDIS_CA,
    deployment: config.DEPLOYMENT,
    role,
    name,
    onOutage: (message) =>
      message === null
        ? logger.info({ connection: name }, 'Redis is back')
        : logger.warn({ connection: name, reason: message }, 'Redis is away'),
  });
  stack.defer(`redis ${name}`, () => redis.disconnect());
  return redis;
}

function admissionRules(config: GatewayConfig): AdmissionRules {
  return {
    ceilings: {
      memoryBytes: config.MAX_MEMORY_MB * MIB,
      cpuCores: config.MAX_CPU_CORES,
      timeoutMs: config.MAX_TIMEOUT_SECONDS * 1000,
      maxProcesses: config.MAX_PROCESSES,
      maxOutputBytes: config.MAX_OUTPUT_BYTES,
      diskBytes: config.MAX_DISK_MB * MIB,
      maxOpenFiles: config.MAX_OPEN_FILES,
      networkAllowed: config.ALLOW_NETWORK,
    },
    maxCodeBytes: config.MAX_CODE_BYTES,
    maxQueued: config.MAX_QUEUED,
    maxQueuedPerTenant: config.MAX_QUEUED_PER_TENANT,
    acceptWithinMs: ACCEPT_WITHIN_MS,
    inputFiles: {
      maxFiles: config.MAX_INPUT_FILES,
      maxBytes: config.MAX_INPUT_BYTES,
      keepMs: config.RETENTION_SECONDS * 1000,
    },
    files: {
      maxFileBytes: config.MAX_FILE_BYTES,
      maxFiles: config.MAX_FILES_PER_TENANT,
      maxBytes: config.MAX_FILE_BYTES_PER_TENANT,
      keepMs: config.FILE_RETENTION_SECONDS * 1000,
    },
  };
}

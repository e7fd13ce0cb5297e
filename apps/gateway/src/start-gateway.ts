import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdmissionRules, Logger } from '@gantry/core';
import { BullmqJobQueue } from '@gantry/queue';
import { loadRuntimes } from '@gantry/runtimes';
import {
  ClosingStack,
  ConfigError,
  createGatewayMetrics,
  createRegistry,
  observedGauge,
  systemClock,
  VERSION,
  type RunningService,
} from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisEventLog,
  RedisInputChannel,
  RedisJobStore,
  RedisWorkerDirectory,
  type Redis,
} from '@gantry/storage';
import { createApp } from './app.js';
import { exposureFault, type GatewayConfig } from './config.js';
import { openFiles } from './open-files.js';
import { openImages } from './open-images.js';

const MIB = 1024 * 1024;
/** An offer that is not accepted within this is void; shorter than the promised answer time, so no client was told otherwise. */
const ACCEPT_WITHIN_MS = 1500;
const WORKERS_FRESH_MS = 500;

/** Opens everything a gateway needs and serves until `close`. */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<RunningService & { url: string }> {
  const fault = exposureFault(config);
  if (fault !== null) throw new ConfigError(fault);
  const stack = new ClosingStack(logger);
  try {
    const url = await open(config, logger, stack);
    return { url, close: () => stack.close() };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

async function open(config: GatewayConfig, logger: Logger, stack: ClosingStack): Promise<string> {
  const runtimes = loadRuntimes(config.RUNTIMES_DIR);
  const opener = { config, logger, stack };
  const [redis, subscriberRedis, transfers] = await Promise.all([
    openRedis(opener, 'gateway'),
    openRedis(opener, 'gateway-subscriber'),
    openRedis(opener, 'gateway-transfers', 'transferring'),
  ]);
  const { DEPLOYMENT: deployment } = config;
  const store = new RedisJobStore({
    family: EXECUTIONS,
    redis,
    deployment,
    retentionMs: config.RETENTION_SECONDS * 1000,
  });
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const events = new RedisEventLog({ redis, subscriber, deployment, maxBytes: config.MAX_EVENT_LOG_BYTES });
  const input = new RedisInputChannel({ redis, subscriber, deployment });
  const workers = new RedisWorkerDirectory({ redis, deployment, clock: systemClock, freshMs: WORKERS_FRESH_MS });
  const queue = new BullmqJobQueue({ redis, deployment, queue: 'execution' });
  stack.defer('queue', () => queue.close());
  const kept = await openFiles(config, { redis, transfers }, stack);
  const registry = createRegistry('gateway');
  const metrics = createGatewayMetrics(registry);
  observedGauge(
    registry,
    { name: 'gantry_queue_jobs', help: 'Jobs in the queue, by state.', labelNames: ['state'] },
    async (set) => {
      const depth = await queue.depth();
      set(depth.waiting, { state: 'waiting' });
      set(depth.active, { state: 'active' });
    },
  );
  observedGauge(registry, { name: 'gantry_redis_up', help: '1 while Redis is connected.' }, (set) =>
    set(redis.status === 'ready' ? 1 : 0),
  );
  observedGauge(
    registry,
    { name: 'gantry_workers', help: 'Workers that are there, by state of their engine.', labelNames: ['engine'] },
    async (set) => {
      const all = await workers.list();
      const up = all.filter((worker) => worker.engine.available).length;
      set(up, { engine: 'up' });
      set(all.length - up, { engine: 'down' });
    },
  );

  const shutdown = new AbortController();
  const rules = admissionRules(config);
  const app = createApp({
    store,
    queue,
    input,
    events,
    runtimes,
    workers,
    ...kept,
    ...openImages(config, { redis, subscriber, registry }, stack),
    clock: systemClock,
    logger,
    rules,
    config,
    metrics,
    registry,
    version: VERSION,
    shutdown: shutdown.signal,
    onSubmit: (language, outcome) => metrics.submitted.inc({ language, outcome }),
  });
  const server = createServer({ requestTimeout: 120_000, headersTimeout: 20_000, keepAliveTimeout: 65_000 }, app);
  await listen(server, config);
  stack.defer('http server', () => closeServer(server, config.SHUTDOWN_GRACE_SECONDS * 1000));
  stack.defer('streams', () => shutdown.abort(new Error('shutting down')));
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  logger.info({ url, keys: config.API_KEYS.length }, 'gateway started');
  return url;
}

async function openRedis(
  { config, logger, stack }: { config: GatewayConfig; logger: Logger; stack: ClosingStack },
  name: string,
  role: 'answering' | 'transferring' = 'answering',
): Promise<Redis> {
  const redis = await connectRedis({
    url: config.REDIS_URL,
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

function listen(server: Server, config: GatewayConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** No new connections; those with an answer under way have the grace, idle ones are closed at once. */
async function closeServer(server: Server, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}

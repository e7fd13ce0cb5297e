import { messageOf, unranResult, type ExecutionRecord, type ExecutionResult } from '@gantry/contracts';
import { ActiveAttempts, type ArtifactRules, type Logger, type Tracer } from '@gantry/core';
import { loadRuntimes } from '@gantry/runtimes';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import { ClosingStack, observeWorker, repeat, s3Choice, systemClock, type RunningService } from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisAttemptStore,
  RedisClock,
  RedisEventLog,
  openBlobStore,
  RedisInputChannel,
  RedisResultCache,
  RedisSetup,
  RedisTenantStorage,
  RedisWorkerDirectory,
  type ConnectionRole,
  type Redis,
} from '@gantry/storage';
import { EXPIRE_BLOBS_EVERY_MS, expireBlobs } from './blob-expiry.js';
import { BootCheck } from './boot-check.js';
import type { WorkerConfig } from './config.js';
import { countUnstarted } from './count-execution.js';
import { lostExecutions } from './count-lost.js';
import { handleJob } from './handle-job.js';
import { startHealthServer } from './health-server.js';
import { Heartbeat, HEARTBEAT_EVERY_MS } from './heartbeat.js';
import { joinDirectory } from './join-directory.js';
import { keepLeases, LEASE_MS, RENEW_EVERY_MS } from './lease-keeper.js';
import { openImages } from './open-images.js';
import { openIntake, openTokens } from './open-intake.js';
import { openMetrics } from './open-metrics.js';
import { preparePool } from './prepare-pool.js';
import { readiness } from './readiness.js';
import { Reaper, REAP_EVERY_MS } from './reaper.js';
import { Sweeper, SWEEP_EVERY_MS } from './sweeper.js';
import { workerFacts } from './worker-facts.js';

interface Opener {
  config: WorkerConfig;
  logger: Logger;
  stack: ClosingStack;
}

/** Opens everything a worker needs and takes jobs until `close`, which drains. */
export async function startWorker(config: WorkerConfig, logger: Logger, tracer: Tracer): Promise<RunningService> {
  const stack = new ClosingStack(logger);
  try {
    await open({ config, logger, stack }, tracer);
  } catch (error) {
    await stack.close();
    throw error;
  }
  return { close: () => stack.close() };
}

async function open(opener: Opener, tracer: Tracer): Promise<void> {
  const { config, logger, stack } = opener;
  const startedAt = systemClock.monotonic();
  const facts = workerFacts(config);
  const workerId = facts.id;
  const runtimes = loadRuntimes(config.RUNTIMES_DIR);
  const connect = (role: ConnectionRole, name: string): Promise<Redis> => openRedis(opener, role, name);
  const [redis, queueRedis, subscriberRedis, statusRedis, transfers] = await Promise.all([
    connect('persistent', 'worker'),
    connect('persistent', 'worker-queue'),
    connect('persistent', 'worker-subscriber'),
    connect('answering', 'worker-status'),
    connect('transferring', 'worker-transfers'),
  ]);
  const { REDIS_URL: url, REDIS_STRICT: strict } = config;
  const redisSetup = await RedisSetup.open({ redis: statusRedis, url, strict, logger });
  stack.defer('look at Redis', () => redisSetup[Symbol.dispose]());

  const { DEPLOYMENT: deployment } = config;
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const { registry, metrics, onEngineCall, onEventsWritten } = openMetrics(
    { config, logger, stack },
    { redis: statusRedis, runtimes },
  );
  const tokens = openTokens(redis, deployment, logger);
  const attempts = new RedisAttemptStore(
    { family: EXECUTIONS, redis, deployment, retentionMs: config.RETENTION_SECONDS * 1000, onOwed: tokens.owe },
    subscriber,
    onEventsWritten,
  );
  const events = new RedisEventLog({
    redis,
    subscriber,
    deployment,
    maxBytes: config.MAX_EVENT_LOG_BYTES,
    onWritten: onEventsWritten,
  });
  const input = new RedisInputChannel({ redis, subscriber, deployment });
  const clock = await RedisClock.open(statusRedis, systemClock, logger);
  stack.defer('clock', () => clock[Symbol.dispose]());
  const workers = new RedisWorkerDirectory({ redis: statusRedis, subscriber, deployment, clock, logger, freshMs: 0 });
  await joinDirectory({ presence: workers, facts, clock, logger });
  // A start that fails from here on leaves the name free.
  stack.defer('name in the directory', () => workers.withdraw(facts));
  const sandboxes = createDockerSandboxProvider({
    socket: config.DOCKER_HOST,
    deployment,
    workerId,
    runtime: config.SANDBOX_RUNTIME,
    network: config.SANDBOX_NETWORK,
    cgroupParent: config.SANDBOX_CGROUP_PARENT,
    isolation: config.SANDBOX_ISOLATION,
    tenants: { maxContainers: config.TENANT_MAX_CONTAINERS },
    pool: { maxReady: config.POOL_MAX_READY, forgetAfterMs: config.POOL_FORGET_SECONDS * 1000 },
    onEngineCall,
    logger,
    clock: systemClock,
  });
  stack.defer('sandboxes', () => sandboxes.close());

  const maxBytes = config.MAX_STORED_BYTES;
  const blobs = await openBlobStore({ redis: transfers, deployment, maxBytes }, s3Choice(config));
  stack.defer('blob store', () => blobs.close());
  const retentionMs = config.RETENTION_SECONDS * 1000;
  const storage = new RedisTenantStorage({ redis: statusRedis, deployment });
  const cache = new RedisResultCache({ redis: statusRedis, deployment, retentionMs });

  const active = new ActiveAttempts();
  const lost = (when: 'running' | 'pending'): ReturnType<typeof unranResult> =>
    unranResult(
      'failed',
      'worker_lost',
      `The worker was lost ${when === 'running' ? 'while' : 'before'} the program ran`,
    );
  const counter = lostExecutions({ attempts, metrics, logger });
  const reaper = new Reaper({ attempts, lost, clock, logger, counter });
  const onSwept = (containers: number): void => metrics.reaped.inc({ kind: 'container' }, containers);
  const sweeper = new Sweeper({ sandboxes, workers, workerId, logger, onSwept });
  const images = await openImages({
    config,
    workerId,
    runtimes,
    redis,
    queueRedis,
    subscriber,
    blobs,
    storage,
    metrics,
    clock,
    logger,
    tracer,
    stack,
  });
  const bootCheck = new BootCheck({
    sandboxes,
    image: config.EXECUTOR_IMAGE,
    enabled: config.SANDBOX_PROBE,
    logger,
    clock: systemClock,
  });
  stack.defer('directory entry', () => workers.withdraw(facts));

  const cancels = await attempts.onCancel((id) => active.stop(id, 'cancelled'));
  stack.defer('cancel listener', async () => cancels[Symbol.asyncDispose]());
  const repetitions = [
    repeat('lease keeper', RENEW_EVERY_MS, logger, () => keepLeases({ attempts, active })),
    repeat('reaper', REAP_EVERY_MS, logger, () => reaper.round()),
    repeat('sweeper', SWEEP_EVERY_MS, logger, () => sweeper.round()),
    repeat('blob expiry', EXPIRE_BLOBS_EVERY_MS, logger, () => expireBlobs({ blobs, logger })),
  ];
  stack.defer('loops', async () => {
    await Promise.all(repetitions.map((loop) => loop.stop()));
  });

  await bootCheck.run();
  const imageOf = (): string => config.EXECUTOR_IMAGE;
  const deps = {
    attempts,
    events,
    input,
    runtimes,
    sandboxes,
    active,
    clock,
    logger,
    tracer,
    workerId,
    imageOf,
    images: images.images,
    builder: images.builder,
    blobs,
    storage,
    artifacts: artifactRules(config),
    cache,
    executorDigest: () => heartbeat.engine.executorDigest,
    leaseMs: LEASE_MS,
    metrics,
    onUnstarted: (record: ExecutionRecord, result: ExecutionResult): void => countUnstarted(metrics, record, result),
  };
  const intake = await openIntake(
    {
      ...{ config, workerId, redis, queueRedis, subscriber, workers, active, logger, stack },
      run: (delivery) => handleJob(deps, delivery),
      end: (id) => reaper.jobLost(id),
    },
    tokens,
  );
  const begin = (): void => {
    preparePool({ sandboxes, runtimes, imageOf }, config.POOL_PREPARE);
    intake.begin();
    images.begin();
  };
  const refusal = (): string | null => bootCheck.refusal;
  const heartbeat = new Heartbeat({
    presence: workers,
    sandboxes,
    consumer: intake,
    imageConsumer: images.consumer,
    images: () => images.status(),
    facts,
    logger,
    uptimeMs: () => clock.monotonic() - startedAt,
    executorDigest: () => sandboxes.digest(config.EXECUTOR_IMAGE),
    refusal,
    begin,
  });
  const beating = repeat('heartbeat', HEARTBEAT_EVERY_MS, logger, async () => {
    await bootCheck.retry();
    await heartbeat.beat();
  });
  const orders = await workers.onOrder(workerId, () => void heartbeat.hear().catch(() => undefined));
  stack.defer('orders', async () => orders[Symbol.asyncDispose]());
  observeWorker(registry, {
    slots: config.WORKER_CONCURRENCY,
    draining: () => heartbeat.closedBecause !== null,
    engineUp: () => heartbeat.engine.available,
    pool: () => sandboxes.ready(),
  });
  const health = await startHealthServer({
    host: config.WORKER_HEALTH_HOST,
    port: config.WORKER_HEALTH_PORT,
    registry,
    readiness: () => {
      const { engine, closedBecause } = heartbeat;
      const ping = (): Promise<unknown> => statusRedis.ping();
      return readiness({ ping, redisSetup, engine, refusal: refusal(), image: config.EXECUTOR_IMAGE, closedBecause });
    },
  });
  stack.defer('health server', () => health.close());
  // Closed after the consumers: a worker that falls silent while it drains would be taken for dead, and its containers swept.
  stack.defer('heartbeat', () => beating.stop());
  stack.defer('consumers', async () => {
    const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1000;
    // Beside it, not before: telling the gateways takes as long as Redis or the engine, which the heartbeat may be waiting for.
    const told = heartbeat
      .drain()
      .catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'could not announce the drain'));
    await Promise.all([intake.stop(graceMs), images.consumer.stop(graceMs), told]);
  });
  logger.info({ workerId, healthPort: health.port, slots: config.WORKER_CONCURRENCY }, 'worker started');
}

function artifactRules(config: WorkerConfig): ArtifactRules {
  return {
    maxFiles: config.MAX_ARTIFACTS,
    maxFileBytes: config.MAX_ARTIFACT_BYTES,
    maxTotalBytes: config.MAX_ARTIFACTS_BYTES,
    keepMs: config.RETENTION_SECONDS * 1000,
  };
}

async function openRedis(opener: Opener, role: ConnectionRole, name: string): Promise<Redis> {
  const redis = await connectRedis({
    url: opener.config.REDIS_URL,
    ca: opener.config.REDIS_CA,
    deployment: opener.config.DEPLOYMENT,
    role,
    name,
    onOutage: (message) =>
      message === null
        ? opener.logger.info({ connection: name }, 'Redis is back')
        : opener.logger.warn({ connection: name, reason: message }, 'Redis is away'),
  });
  opener.stack.defer(`redis ${name}`, () => redis.disconnect());
  return redis;
}

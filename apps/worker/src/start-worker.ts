import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf, unranResult, type ReadinessView } from '@gantry/contracts';
import { ActiveAttempts, type ArtifactRules, type Logger } from '@gantry/core';
import { BullmqJobConsumer } from '@gantry/queue';
import { loadRuntimes } from '@gantry/runtimes';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import {
  ClosingStack,
  createRegistry,
  createWorkerMetrics,
  observedGauge,
  repeat,
  s3Choice,
  systemClock,
  type RunningService,
} from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisAttemptStore,
  redisAdvice,
  RedisEventLog,
  openBlobStore,
  RedisInputChannel,
  RedisResultCache,
  RedisWorkerDirectory,
  type ConnectionRole,
  type Redis,
} from '@gantry/storage';
import { EXPIRE_BLOBS_EVERY_MS, expireBlobs } from './blob-expiry.js';
import { BootCheck } from './boot-check.js';
import type { WorkerConfig } from './config.js';
import { handleJob } from './handle-job.js';
import { startHealthServer } from './health-server.js';
import { Heartbeat, HEARTBEAT_EVERY_MS } from './heartbeat.js';
import { keepLeases, LEASE_MS, RENEW_EVERY_MS } from './lease-keeper.js';
import { openImages } from './open-images.js';
import { preparePool } from './prepare-pool.js';
import { Reaper, REAP_EVERY_MS } from './reaper.js';
import { Sweeper, SWEEP_EVERY_MS } from './sweeper.js';

/** Opens everything a worker needs and takes jobs until `close`, which drains. */
export async function startWorker(config: WorkerConfig, logger: Logger): Promise<RunningService> {
  const stack = new ClosingStack(logger);
  try {
    await open(config, logger, stack);
  } catch (error) {
    await stack.close();
    throw error;
  }
  return { close: () => stack.close() };
}

async function open(config: WorkerConfig, logger: Logger, stack: ClosingStack): Promise<void> {
  const workerId = config.WORKER_ID ?? `${hostname()}-${randomBytes(3).toString('hex')}`;
  const runtimes = loadRuntimes(config.RUNTIMES_DIR);
  const connect = (role: ConnectionRole, name: string): Promise<Redis> =>
    openRedis({ config, logger, stack }, role, name);
  const [redis, queueRedis, subscriberRedis, statusRedis, transfers] = await Promise.all([
    connect('persistent', 'worker'),
    connect('persistent', 'worker-queue'),
    connect('persistent', 'worker-subscriber'),
    connect('answering', 'worker-status'),
    connect('transferring', 'worker-transfers'),
  ]);
  for (const advice of await redisAdvice(redis))
    logger.warn({ advice }, 'Redis is not set up for a queue that must not lose anything');

  const { DEPLOYMENT: deployment } = config;
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const attempts = new RedisAttemptStore(
    { family: EXECUTIONS, redis, deployment, retentionMs: config.RETENTION_SECONDS * 1000 },
    subscriber,
  );
  const events = new RedisEventLog({ redis, subscriber, deployment, maxBytes: config.MAX_EVENT_LOG_BYTES });
  const input = new RedisInputChannel({ redis, subscriber, deployment });
  const workers = new RedisWorkerDirectory({ redis: statusRedis, deployment, clock: systemClock, freshMs: 0 });
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
    logger,
    clock: systemClock,
  });
  stack.defer('sandboxes', () => sandboxes.close());

  const maxBytes = config.MAX_STORED_BYTES;
  const blobs = await openBlobStore({ redis: transfers, deployment, maxBytes }, s3Choice(config));
  stack.defer('blob store', () => blobs.close());
  const retentionMs = config.RETENTION_SECONDS * 1000;
  const cache = new RedisResultCache({ redis: statusRedis, deployment, retentionMs });

  const active = new ActiveAttempts();
  const registry = createRegistry('worker');
  const metrics = createWorkerMetrics(registry);
  const readyGauge = {
    name: 'gantry_sandboxes_ready',
    help: 'Sandboxes that are ready and unused.',
    labelNames: ['kind'],
  };
  observedGauge(registry, readyGauge, (set) => {
    for (const { name, ready } of sandboxes.ready()) set(ready, { kind: name });
  });
  const lost = (when: 'running' | 'pending'): ReturnType<typeof unranResult> =>
    unranResult(
      'failed',
      'worker_lost',
      `The worker was lost ${when === 'running' ? 'while' : 'before'} the program ran`,
    );
  const reaper = new Reaper({ attempts, lost, logger });
  const sweeper = new Sweeper({ sandboxes, workers, logger });
  const consumer = new BullmqJobConsumer({
    redis: queueRedis,
    deployment,
    queue: 'execution',
    concurrency: config.WORKER_CONCURRENCY,
    logger,
    onLost: (id) => reaper.jobLost(id),
  });
  const images = await openImages({
    config,
    workerId,
    runtimes,
    redis,
    queueRedis,
    subscriber,
    blobs,
    metrics,
    logger,
    stack,
  });
  const bootCheck = new BootCheck({
    sandboxes,
    image: config.EXECUTOR_IMAGE,
    enabled: config.SANDBOX_PROBE,
    logger,
    clock: systemClock,
  });
  stack.defer('directory entry', () => workers.withdraw(workerId));

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
    clock: systemClock,
    logger,
    workerId,
    imageOf,
    images: images.images,
    builder: images.builder,
    blobs,
    artifacts: artifactRules(config),
    cache,
    executorDigest: () => heartbeat.engine.executorDigest,
    leaseMs: LEASE_MS,
    metrics,
  };
  const begin = (): void => {
    preparePool({ sandboxes, runtimes, imageOf }, config.POOL_PREPARE);
    consumer.start((delivery) => handleJob(deps, delivery));
    images.begin();
  };
  const refusal = (): string | null => bootCheck.refusal;
  const heartbeat = new Heartbeat({
    workers,
    sandboxes,
    consumer,
    imageConsumer: images.consumer,
    images: () => images.status(),
    id: workerId,
    slots: config.WORKER_CONCURRENCY,
    executorDigest: () => sandboxes.digest(config.EXECUTOR_IMAGE),
    refusal,
    begin,
  });
  const beating = repeat('heartbeat', HEARTBEAT_EVERY_MS, logger, async () => {
    await bootCheck.retry();
    await heartbeat.beat();
  });
  const engineGauge = { name: 'gantry_engine_up', help: '1 while the Docker engine answers and isolates.' };
  observedGauge(registry, engineGauge, (set) => set(heartbeat.engine.available ? 1 : 0));
  // Closed after the consumer: a worker that falls silent while it drains would be taken for dead, and its containers swept.
  stack.defer('heartbeat', () => beating.stop());
  stack.defer('consumers', async () => {
    const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1000;
    await Promise.all([consumer.stop(graceMs), images.consumer.stop(graceMs)]);
  });
  const health = await startHealthServer({
    host: config.WORKER_HEALTH_HOST,
    port: config.WORKER_HEALTH_PORT,
    registry,
    readiness: async () => readiness(heartbeat, redis),
  });
  stack.defer('health server', () => health.close());
  stack.defer('announcement', () =>
    heartbeat
      .drain()
      .catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'could not announce the drain')),
  );
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

async function openRedis(
  opener: { config: WorkerConfig; logger: Logger; stack: ClosingStack },
  role: ConnectionRole,
  name: string,
): Promise<Redis> {
  const redis = await connectRedis({
    url: opener.config.REDIS_URL,
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

function readiness(heartbeat: Heartbeat, redis: Redis): ReadinessView {
  const redisOk = redis.status === 'ready';
  const { engine, draining } = heartbeat;
  const checks = {
    redis: { ok: redisOk, message: redisOk ? null : 'Redis does not answer' },
    engine: { ok: engine.available, message: engine.message },
    intake: { ok: !draining, message: draining ? 'draining' : null },
  };
  return { ready: Object.values(checks).every((check) => check.ok), checks };
}

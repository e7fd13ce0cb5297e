import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf, type ReadinessView } from '@gantry/contracts';
import { ActiveAttempts, type Logger } from '@gantry/core';
import { BullmqJobConsumer } from '@gantry/queue';
import { loadRuntimes } from '@gantry/runtimes';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import {
  ClosingStack,
  createRegistry,
  createWorkerMetrics,
  observedGauge,
  repeat,
  systemClock,
  type RunningService,
} from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  RedisAttemptStore,
  redisAdvice,
  RedisEventLog,
  RedisInputChannel,
  RedisWorkerDirectory,
  type Redis,
} from '@gantry/storage';
import { BootCheck } from './boot-check.js';
import type { WorkerConfig } from './config.js';
import { handleJob } from './handle-job.js';
import { startHealthServer } from './health-server.js';
import { Heartbeat, HEARTBEAT_EVERY_MS } from './heartbeat.js';
import { keepLeases, LEASE_MS, RENEW_EVERY_MS } from './lease-keeper.js';
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
  const connect = (role: 'answering' | 'persistent', name: string): Promise<Redis> =>
    openRedis({ config, logger, stack }, role, name);
  const [redis, queueRedis, subscriberRedis, statusRedis] = await Promise.all([
    connect('persistent', 'worker'),
    connect('persistent', 'worker-queue'),
    connect('persistent', 'worker-subscriber'),
    connect('answering', 'worker-status'),
  ]);
  for (const advice of await redisAdvice(redis))
    logger.warn({ advice }, 'Redis is not set up for a queue that must not lose anything');

  const { DEPLOYMENT: deployment } = config;
  const subscriber = new ChannelSubscriber(subscriberRedis);
  const attempts = new RedisAttemptStore(
    { redis, deployment, retentionMs: config.RETENTION_SECONDS * 1000 },
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
  const reaper = new Reaper({ attempts, logger });
  const sweeper = new Sweeper({ sandboxes, workers, logger });
  const consumer = new BullmqJobConsumer({
    redis: queueRedis,
    deployment,
    concurrency: config.WORKER_CONCURRENCY,
    logger,
    onLost: (id) =>
      void reaper
        .jobLost(id)
        .catch((error: unknown) => logger.error({ err: error, executionId: id }, 'could not end a lost job')),
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
    leaseMs: LEASE_MS,
    metrics,
  };
  const begin = (): void => {
    preparePool({ sandboxes, runtimes, imageOf }, config.POOL_PREPARE);
    consumer.start((delivery) => handleJob(deps, delivery));
  };
  const refusal = (): string | null => bootCheck.refusal;
  const heartbeat = new Heartbeat({
    workers,
    sandboxes,
    consumer,
    id: workerId,
    slots: config.WORKER_CONCURRENCY,
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
  stack.defer('consumer', () => consumer.stop(config.SHUTDOWN_GRACE_SECONDS * 1000));
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

async function openRedis(
  opener: { config: WorkerConfig; logger: Logger; stack: ClosingStack },
  role: 'answering' | 'persistent',
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

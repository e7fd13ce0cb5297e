import { randomBytes, randomUUID } from 'node:crypto';
import {
  ActiveAttempts,
  runExecution,
  submitAndAwait,
  submitExecution,
  type AdmissionRules,
  type RunDeps,
} from '@gantry/core';
import {
  MemoryBlobStore,
  MemoryFileStore,
  MemoryImageStore,
  MemoryInputChannel,
  MemoryResultCache,
  MemoryTenantStorage,
  ScriptedImageBuilder,
  ScriptedSandboxes,
  type StageScript,
} from '@gantry/core/fakes';
import { BullmqJobConsumer, BullmqJobQueue } from '@gantry/queue';
import { loadRuntimes } from '@gantry/runtimes';
import { PassingTracer, silentLogger, systemClock } from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisAttemptStore,
  RedisEventLog,
  RedisJobStore,
  RedisScheduler,
} from '@gantry/storage';

const HUGE = 2 ** 40;
const rules: AdmissionRules = {
  ceilings: {
    memoryBytes: HUGE,
    cpuCores: 8,
    timeoutMs: HUGE,
    maxProcesses: 4096,
    maxOutputBytes: HUGE,
    diskBytes: HUGE,
    maxOpenFiles: 4096,
    networkAllowed: false,
  },
  maxCodeBytes: HUGE,
  maxQueued: 20_000,
  maxQueuedPerTenant: 20_000,
  acceptWithinMs: 2000,
  inputFiles: { maxFiles: 0, maxBytes: 0, keepMs: 0 },
  files: { maxFileBytes: 0, maxFiles: 0, maxBytes: 0, keepMs: 0 },
};

export interface BenchQueue extends AsyncDisposable {
  /** Submits one that does nothing, and waits for its end. */
  run(tenant: string): Promise<unknown>;
  submit(tenant: string): Promise<unknown>;
  /** Begins to take executions, four at once. */
  begin(): void;
}

/** Submit → queue → worker → record → waiter, with sandboxes that play a script: what the service itself costs. */
export async function openBenchQueue(redisUrl: string, script?: StageScript): Promise<BenchQueue> {
  const deployment = `bench-${randomBytes(4).toString('hex')}`;
  const connect = (role: 'answering' | 'persistent') =>
    connectRedis({ url: redisUrl, deployment, role, name: 'bench', onOutage: () => undefined });
  const [redis, listening, worker, consuming, workerListening] = await Promise.all([
    connect('answering'),
    connect('answering'),
    connect('persistent'),
    connect('persistent'),
    connect('persistent'),
  ]);
  const subscriber = new ChannelSubscriber(listening);
  const events = new RedisEventLog({ redis, subscriber, deployment, maxBytes: 1e6 });
  const runtimes = loadRuntimes();
  const attempts = new RedisAttemptStore(
    { family: EXECUTIONS, redis: worker, deployment, retentionMs: 60_000 },
    new ChannelSubscriber(workerListening),
  );
  const consumer = new BullmqJobConsumer({
    redis: consuming,
    deployment,
    queue: 'execution',
    concurrency: 4,
    logger: silentLogger,
    onLost: () => undefined,
  });
  const [blobs, cache] = [new MemoryBlobStore(systemClock), new MemoryResultCache()];
  const storage = new MemoryTenantStorage(systemClock);
  const images = new MemoryImageStore(systemClock);
  // As it is where tracing is off.
  const tracer = new PassingTracer();
  const runDeps: RunDeps = {
    attempts,
    runtimes,
    clock: systemClock,
    logger: silentLogger,
    tracer,
    workerId: 'bench',
    imageOf: () => 'none',
    images,
    builder: new ScriptedImageBuilder(),
    blobs,
    storage,
    artifacts: { maxFiles: 0, maxFileBytes: 0, maxTotalBytes: 0, keepMs: 0 },
    cache,
    executorDigest: () => null,
    leaseMs: 10_000,
    active: new ActiveAttempts(),
    events: new RedisEventLog({ redis: worker, subscriber, deployment, maxBytes: 1e6 }),
    sandboxes: new ScriptedSandboxes(script),
    input: new MemoryInputChannel(),
  };
  const scheduler = new RedisScheduler({ redis: worker, subscriber, deployment });
  const workers = {
    list: () => Promise.resolve([{ engine: { available: true }, draining: false } as never]),
    announce: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
  };
  const queue = new BullmqJobQueue({ redis, deployment, queue: 'execution' });
  const deps = {
    store: new RedisJobStore({ family: EXECUTIONS, redis, deployment, retentionMs: 60_000 }),
    queue,
    events,
    runtimes,
    workers,
    images,
    blobs,
    storage,
    cache,
    files: new MemoryFileStore(systemClock),
    clock: systemClock,
    logger: silentLogger,
    tracer,
    rules,
  };
  const order = {
    language: 'bash',
    code: ':',
    args: [],
    stdin: '',
    env: {},
    workingDirectory: '/workspace',
    imageId: null,
    files: [],
    artifacts: [],
    limits: {},
    onOutputLimit: 'truncate' as const,
    preload: true,
    stdinMode: 'input' as const,
    isolation: 'default' as const,
    requires: [],
    priority: 5,
    retryOnWorkerLost: 0,
    cache: false,
    idempotencyKey: null,
  };
  const never = new AbortController().signal;
  const begin = (): void => {
    consumer.start(async (delivery) => {
      const nonce = randomUUID();
      const taken = await scheduler.take({ worker: 'bench', nonce, leaseMs: 10_000, tags: [] });
      if (!taken) return;
      const { record } = taken;
      await runExecution(runDeps, { ...delivery, id: record.id, record, nonce, stop: delivery.signal });
    });
  };
  return {
    begin,
    run: (tenant) => submitAndAwait(deps, { ...order, tenant }, 60_000, never),
    submit: (tenant) => submitExecution(deps, { ...order, tenant }),
    [Symbol.asyncDispose]: async () => {
      await consumer.stop(1000);
      await queue.close();
      for await (const keys of redis.scanStream({ match: `{${deployment}}*`, count: 1000 })) {
        const names = keys as string[];
        if (names.length > 0) await redis.unlink(...names);
      }
      for (const connection of [redis, listening, worker, consuming, workerListening]) connection.disconnect();
    },
  };
}

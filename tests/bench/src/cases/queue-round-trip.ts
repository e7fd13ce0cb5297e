import { randomBytes } from 'node:crypto';
import { ActiveAttempts, runExecution, submitAndAwait, type AdmissionRules, type RunDeps } from '@gantry/core';
import {
  MemoryBlobStore,
  MemoryFileStore,
  MemoryImageStore,
  MemoryInputChannel,
  MemoryResultCache,
  ScriptedImageBuilder,
  ScriptedSandboxes,
} from '@gantry/core/fakes';
import { BullmqJobConsumer, BullmqJobQueue } from '@gantry/queue';
import { loadRuntimes } from '@gantry/runtimes';
import { silentLogger, systemClock } from '@gantry/service';
import {
  ChannelSubscriber,
  connectRedis,
  EXECUTIONS,
  RedisAttemptStore,
  RedisEventLog,
  RedisJobStore,
} from '@gantry/storage';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timings, type Measurement } from '../measurement.js';

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
  maxQueued: 1000,
  maxQueuedPerTenant: 1000,
  acceptWithinMs: 2000,
  inputFiles: { maxFiles: 0, maxBytes: 0, keepMs: 0 },
  files: { maxFileBytes: 0, maxFiles: 0, maxBytes: 0, keepMs: 0 },
};

/** Submit → queue → worker → record → waiter, with a sandbox that does nothing: what the service itself costs. */
export async function queueRoundTrip(environment: BenchEnvironment): Promise<Measurement[]> {
  const deployment = `bench-${randomBytes(4).toString('hex')}`;
  const connect = (role: 'answering' | 'persistent') =>
    connectRedis({ url: environment.redisUrl, role, name: 'bench', onOutage: () => undefined });
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
  const images = new MemoryImageStore(systemClock);
  const runDeps: RunDeps = {
    attempts,
    runtimes,
    clock: systemClock,
    logger: silentLogger,
    workerId: 'bench',
    imageOf: () => 'none',
    images,
    builder: new ScriptedImageBuilder(),
    blobs,
    artifacts: { maxFiles: 0, maxFileBytes: 0, maxTotalBytes: 0, keepMs: 0 },
    cache,
    executorDigest: () => null,
    leaseMs: 10_000,
    active: new ActiveAttempts(),
    events: new RedisEventLog({ redis: worker, subscriber, deployment, maxBytes: 1e6 }),
    sandboxes: new ScriptedSandboxes(),
    input: new MemoryInputChannel(),
  };
  consumer.start(async (delivery) => void (await runExecution(runDeps, delivery)));
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
    cache,
    files: new MemoryFileStore(systemClock),
    clock: systemClock,
    logger: silentLogger,
    rules,
  };
  const order = {
    tenant: 't',
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
    cache: false,
    idempotencyKey: null,
  };
  const never = new AbortController().signal;
  const all = await timings(300, 50, async () => submitAndAwait(deps, order, 10_000, never));
  await consumer.stop(1000);
  await queue.close();
  for (const connection of [redis, listening, worker, consuming, workerListening]) connection.disconnect();
  return [{ name: 'queue round trip without a sandbox, p50', value: median(all), unit: 'ms', target: { atMost: 5 } }];
}

import { readFileSync } from 'node:fs';
import { messageOf, unbuiltResult, type ImageRequest, type ImageResult } from '@gantry/contracts';
import {
  ActiveAttempts,
  runtimeRecipe,
  type BlobStore,
  type Clock,
  type ImageBuilder,
  type ImageStore,
  type Logger,
  type RunImageJobDeps,
  type RuntimeCatalog,
  type TenantStorage,
  type Tracer,
} from '@gantry/core';
import { BullmqJobConsumer } from '@gantry/queue';
import { createDockerImageBuilder } from '@gantry/sandbox';
import {
  ConfigError,
  repeat,
  systemClock,
  type ClosingStack,
  type Repetition,
  type WorkerMetrics,
} from '@gantry/service';
import {
  IMAGE_JOBS,
  RedisAttemptStore,
  RedisEventLog,
  RedisImageStore,
  type ChannelSubscriber,
  type Redis,
} from '@gantry/storage';
import type { WorkerConfig } from './config.js';
import { lostImageJobs } from './count-lost.js';
import { handleImageJob } from './handle-image-job.js';
import { ImageFailures } from './image-failures.js';
import { EXPIRE_IMAGES_EVERY_MS, ImageHousekeeper, REMOVE_FORGOTTEN_EVERY_MS } from './image-housekeeper.js';
import { keepLeases, LEASE_MS, RENEW_EVERY_MS } from './lease-keeper.js';
import { measuredBuilder } from './measured-builder.js';
import { Reaper, REAP_EVERY_MS } from './reaper.js';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
/** Announced every second; more than this is told of by nobody. */
const MAX_ANNOUNCED = 1000;

export interface OpenImagesDeps {
  config: WorkerConfig;
  workerId: string;
  runtimes: RuntimeCatalog;
  redis: Redis;
  queueRedis: Redis;
  subscriber: ChannelSubscriber;
  blobs: BlobStore;
  storage: TenantStorage;
  metrics: WorkerMetrics;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  stack: ClosingStack;
}

/** The image side of a worker: what executions need of it, and its own jobs. */
export interface WorkerImages {
  images: ImageStore;
  builder: ImageBuilder;
  consumer: BullmqJobConsumer;
  /** Begins to take image jobs. */
  begin(): void;
  status(): { images: string[]; imageFailures: ReturnType<ImageFailures['list']> };
}

export async function openImages(deps: OpenImagesDeps): Promise<WorkerImages> {
  const { config, redis, subscriber, logger, stack } = deps;
  const { DEPLOYMENT: deployment } = config;
  const images = new RedisImageStore({ redis, subscriber, deployment });
  const failures = new ImageFailures(systemClock);
  const builder = measuredBuilder(failures.observe(openBuilder(deps)), deps.metrics, systemClock);
  stack.defer('image builder', () => builder.close());
  const retentionMs = config.RETENTION_SECONDS * 1000;
  const attempts = new RedisAttemptStore({ family: IMAGE_JOBS, redis, deployment, retentionMs }, subscriber);
  const { space } = IMAGE_JOBS;
  const events = new RedisEventLog({ redis, subscriber, deployment, space, maxBytes: config.MAX_EVENT_LOG_BYTES });
  const active = new ActiveAttempts();
  const counter = lostImageJobs({ attempts, metrics: deps.metrics, logger });
  const reaper = new Reaper<ImageRequest, ImageResult>({ attempts, lost, clock: deps.clock, logger, counter });
  const rules = { unusedMs: config.IMAGE_UNUSED_DAYS * DAY_MS, maxBytes: config.IMAGE_MAX_GB * 1024 * MIB };
  const ofRuntimes = new Set(deps.runtimes.list().map((runtime) => runtimeRecipe(runtime)?.id));
  const isRuntime = (id: string): boolean => ofRuntimes.has(id);
  const housekeeper = new ImageHousekeeper({ images, builder, isRuntime, rules, logger });
  const consumer = new BullmqJobConsumer({
    redis: deps.queueRedis,
    deployment,
    queue: 'image',
    concurrency: config.BUILD_CONCURRENCY,
    logger,
    onLost: (id) => reaper.jobLost(id),
  });
  const forgotten = await images.onForgotten((id) => housekeeper.forgotten(id));
  stack.defer('forgotten images', async () => forgotten[Symbol.asyncDispose]());
  const cancels = await attempts.onCancel((id) => active.stop(id, 'cancelled'));
  stack.defer('image cancel listener', async () => cancels[Symbol.asyncDispose]());
  closeLoops(stack, [
    repeat('image lease keeper', RENEW_EVERY_MS, logger, () => keepLeases({ attempts, active })),
    repeat('image reaper', REAP_EVERY_MS, logger, () => reaper.round()),
    repeat('forgotten images', REMOVE_FORGOTTEN_EVERY_MS, logger, () => housekeeper.removeForgotten()),
    repeat('image expiry', EXPIRE_IMAGES_EVERY_MS, logger, () => housekeeper.expire()),
  ]);
  const { workerId, metrics, blobs, clock } = deps;
  const run = {
    attempts,
    events,
    active,
    images,
    builder,
    blobs,
    storage: deps.storage,
    clock,
    logger,
    tracer: deps.tracer,
    workerId,
    leaseMs: LEASE_MS,
  };
  const jobDeps: RunImageJobDeps & { metrics: WorkerMetrics } = { ...run, metrics };
  return {
    images,
    builder,
    consumer,
    begin: () => consumer.start((delivery) => handleImageJob(jobDeps, delivery)),
    status: () => ({ images: builder.ready().slice(0, MAX_ANNOUNCED), imageFailures: failures.list() }),
  };
}

function openBuilder({ config, workerId, blobs, logger }: OpenImagesDeps): ImageBuilder {
  return createDockerImageBuilder({
    socket: config.DOCKER_HOST,
    deployment: config.DEPLOYMENT,
    workerId,
    executorImage: config.EXECUTOR_IMAGE,
    limits: {
      memoryBytes: config.BUILD_MEMORY_MB * MIB,
      cpuCores: config.BUILD_CPU_CORES,
      timeMs: config.BUILD_TIMEOUT_SECONDS * 1000,
      diskBytes: config.BUILD_DISK_MB * MIB,
      processes: config.BUILD_PROCESSES,
    },
    concurrency: config.BUILD_CONCURRENCY,
    network: config.BUILD_NETWORK,
    cgroupParent: config.SANDBOX_CGROUP_PARENT,
    sources: {
      pipIndexUrl: config.PIP_INDEX_URL,
      npmRegistry: config.NPM_REGISTRY,
      nugetSource: config.NUGET_SOURCE,
      // The main archive's address, as set-up takes it; security updates are beside it.
      aptMirror: config.APT_MIRROR?.replace(/\/+$/, '').replace(/\/debian$/, ''),
    },
    proxy: { http: config.BUILD_HTTP_PROXY, https: config.BUILD_HTTPS_PROXY, no: config.BUILD_NO_PROXY },
    extraCaCerts: readCertificates(config.EXTRA_CA_CERTS ?? config.NODE_EXTRA_CA_CERTS),
    registry: config.IMAGE_REGISTRY,
    registryAuth: registryAuth(config),
    readBlob: (sha256) => blobs.get(sha256),
    logger,
    clock: systemClock,
  });
}

function registryAuth(config: WorkerConfig): { username: string; password: string } | undefined {
  const { IMAGE_REGISTRY_USERNAME: username, IMAGE_REGISTRY_PASSWORD: password } = config;
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new ConfigError('IMAGE_REGISTRY_USERNAME and IMAGE_REGISTRY_PASSWORD: only one of them is set');
  return { username, password };
}

function readCertificates(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`EXTRA_CA_CERTS (or NODE_EXTRA_CA_CERTS): cannot be read (${messageOf(error)})`);
  }
}

function closeLoops(stack: ClosingStack, loops: readonly Repetition[]): void {
  stack.defer('image loops', async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
  });
}

function lost(when: 'running' | 'pending'): ImageResult {
  const message =
    when === 'running' ? 'The worker was lost while it built' : 'The worker was lost before the build began';
  return unbuiltResult('failed', 'worker_lost', message);
}

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { FaultyProxy } from '../../support/faulty-proxy.js';
import { SecondEngine } from '../../support/second-engine.js';
import { SmallDisk } from '../../support/small-disk.js';
import { EngineTap } from './engine-tap.js';
import type { History } from './history.js';
import { ManagedProcess } from './managed-process.js';
import { OwnRedis } from './own-redis.js';

export interface WorldOptions {
  history: History;
  /** Of an engine that has the executor image. */
  dockerHost: string;
  executorImage: string;
  gateways: number;
  workers: number;
  /** Faults hit the engine itself: it must be the run's own. */
  ownEngine: boolean;
  /** Logs of all processes, and temporary files, are kept there. */
  directory: string;
}

export interface Tenant {
  name: string;
  key: string;
}

export interface Member {
  process: ManagedProcess;
  redis: FaultyProxy;
}

export interface WorkerMember extends Member {
  tap: EngineTap;
}

/** Everything that the run has started itself, and may therefore break. */
export interface World {
  deployment: string;
  tenants: Tenant[];
  redis: OwnRedis;
  engine: SecondEngine | null;
  /** Of Redis, and of the temporary files of all processes; `null` = those are on the machine's. */
  disks: { redis: SmallDisk; temporary: SmallDisk } | null;
  docker: Docker;
  gateways: (Member & { url: string })[];
  workers: WorkerMember[];
  executorImage: string;
  temporary: string;
  /** Stops all processes the gentle way; Redis and engine stay. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Twice what the images need while they are loaded. */
const ENGINE_DISK_BYTES = 3 * 1024 ** 3;
const TEMPORARY_BYTES = 16 * 1024 ** 2;
const REDIS_BYTES = 2 * 1024 ** 3;

/** The last one is the run's own, to see whether it is served. */
const TENANTS = ['alpha', 'beta', 'gamma', 'probe'];

export async function buildWorld(options: WorldOptions): Promise<World> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer().catch(() => undefined);
  };
  try {
    return await build(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  options: WorldOptions,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<World> {
  const { history, directory } = options;
  const deployment = `chaos-${randomBytes(5).toString('hex')}`;
  const sockets = await mkdtemp(join(tmpdir(), 'gantry-chaos-'));
  closers.push(() => rm(sockets, { recursive: true, force: true }));
  const temporary = join(sockets, 'tmp');
  await Promise.all([mkdir(temporary), mkdir(join(sockets, 'redis')), mkdir(directory, { recursive: true })]);
  const mounted = async (path: string, bytes: number): Promise<SmallDisk> => {
    const disk = await SmallDisk.mount(path, bytes);
    closers.push(() => disk[Symbol.asyncDispose]());
    return disk;
  };
  const disks = options.ownEngine
    ? {
        redis: await mounted(join(sockets, 'redis'), REDIS_BYTES),
        temporary: await mounted(temporary, TEMPORARY_BYTES),
      }
    : null;
  const redis = await OwnRedis.start(join(sockets, 'redis'));
  closers.push(() => redis[Symbol.asyncDispose]());
  const far = new Docker({ socketPath: pathOf(options.dockerHost), host: undefined });
  const engine = options.ownEngine ? await SecondEngine.start(null, ENGINE_DISK_BYTES) : null;
  if (engine) {
    closers.push(() => engine[Symbol.asyncDispose]());
    await engine.load(far, options.executorImage);
  }
  const docker = engine?.docker ?? far;
  const enginePath = pathOf(engine?.dockerHost ?? options.dockerHost);
  // A run that is ended early has not been drained.
  closers.push(() => removeContainers(docker, deployment));
  const tenants = TENANTS.map((name) => ({ name, key: `key-${name}-${randomBytes(12).toString('hex')}` }));
  const proxied = async (): Promise<FaultyProxy> => {
    const proxy = await FaultyProxy.beforeRedis(redis.url);
    closers.push(() => proxy.close());
    return proxy;
  };
  const common = { ...environment(options, deployment), TMPDIR: temporary };
  const started = async (name: string, app: string, env: Record<string, string>): Promise<ManagedProcess> => {
    const process: ManagedProcess = new ManagedProcess({
      name,
      script: `apps/${app}/dist/main.js`,
      upMessage: `${app} started`,
      env: { ...common, ...env },
      logFile: join(directory, `${name}.log`),
      onCrash: (how) => {
        history.add({ kind: 'crash', how });
        void process.start();
      },
    });
    closers.push(() => process.stop('SIGKILL'));
    await process.start();
    return process;
  };
  const keys = tenants.map(({ name, key }) => `${name}:${createHash('sha256').update(key).digest('hex')}`).join(',');
  const gateways: World['gateways'] = [];
  for (let i = 1; i <= options.gateways; i++) {
    const proxy = await proxied();
    const process = await started(`gateway-${i}`, 'gateway', {
      REDIS_URL: proxy.address,
      API_KEYS: keys,
      PORT: '0',
      ADMIN_PORT: '0',
    });
    gateways.push({ process, redis: proxy, url: String(process.up['url']) });
  }
  const workers: WorkerMember[] = [];
  for (let i = 1; i <= options.workers; i++) {
    const name = `worker-${i}`;
    const proxy = await proxied();
    const tap = await EngineTap.open(join(sockets, `${name}.sock`), () => enginePath, name, {
      begun: (token, run) => history.add({ kind: 'run', token, worker: name, run }),
      ended: (run) => history.add({ kind: 'run-end', run }),
    });
    closers.push(() => tap[Symbol.asyncDispose]());
    const process = await started(name, 'worker', { REDIS_URL: proxy.address, DOCKER_HOST: tap.dockerHost });
    workers.push({ process, redis: proxy, tap });
  }
  const drain = async (): Promise<void> => {
    await Promise.all(gateways.map(({ process }) => process.stop()));
    await Promise.all(workers.map(({ process }) => process.stop()));
  };
  return {
    deployment,
    tenants,
    redis,
    engine,
    disks,
    docker,
    gateways,
    workers,
    executorImage: options.executorImage,
    temporary,
    drain,
    close,
  };
}

function environment({ executorImage }: WorldOptions, deployment: string): Record<string, string> {
  return {
    DEPLOYMENT: deployment,
    EXECUTOR_IMAGE: executorImage,
    SHUTDOWN_GRACE_SECONDS: '5',
    WORKER_HEALTH_PORT: '0',
    WORKER_CONCURRENCY: '4',
    POOL_MAX_READY: '3',
    MAX_QUEUED_PER_TENANT: '5000',
    // The engine's answers are what is tested here, not its isolation; each start of a worker would probe it anew.
    SANDBOX_PROBE: 'false',
  };
}

function pathOf(dockerHost: string): string {
  if (!dockerHost.startsWith('unix://')) throw new Error(`The run needs an engine on this machine, not ${dockerHost}`);
  return dockerHost.slice('unix://'.length);
}

async function removeContainers(docker: Docker, deployment: string): Promise<void> {
  for (const label of [deployment, neighbourOf(deployment)]) {
    const left = await docker.listContainers({ all: true, filters: { label: [`gantry.deployment=${label}`] } });
    await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  }
}

/** Another deployment on the same engine. */
export function neighbourOf(deployment: string): string {
  return `${deployment}-neighbour`;
}

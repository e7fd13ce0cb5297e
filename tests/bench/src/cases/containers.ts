import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DEFAULT_LIMITS } from '@gantry/core';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import { silentLogger, systemClock } from '@gantry/service';
import Docker from 'dockerode';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, timed, timings, type Measurement } from '../measurement.js';

const ROUNDS = 5;
const READY_WITHIN_MS = 60_000;
const MB = 1e6;

interface OwnContainer {
  name: string;
  image: string;
  /** For the port on which it says that it is ready. */
  env: (port: number) => Record<string, string>;
  maxMb: number;
}

/** Sizes of our images, and the time from `docker start` until the process in it says that it is ready. */
export async function containers(environment: BenchEnvironment): Promise<Measurement[]> {
  const docker = new Docker({ socketPath: environment.dockerHost.replace(/^unix:\/\//, ''), host: undefined });
  const results: Measurement[] = [];
  for (const container of ownContainers(environment)) {
    const started: number[] = [];
    for (let round = 0; round < ROUNDS; round++) started.push(await startUntilReady(docker, container, environment));
    results.push(await sizeOf(docker, container.name, container.image, container.maxMb), {
      name: `${container.name}: start until ready, p50`,
      value: median(started),
      unit: 'ms',
      target: null,
    });
  }
  results.push(await sizeOf(docker, 'executor', environment.image, null), await executorStart(environment));
  return results;
}

function ownContainers({ redisUrl, deployment, image }: BenchEnvironment): OwnContainer[] {
  const images = JSON.parse(process.env['GANTRY_OWN_IMAGES'] ?? '{}') as Record<string, string>;
  const named = (target: string): string => {
    const found = images[target];
    if (!found) throw new Error(`There is no image of ${target}; run the benchmark by "npm run bench"`);
    return found;
  };
  const shared = { REDIS_URL: redisUrl, DEPLOYMENT: deployment, EXECUTOR_IMAGE: image };
  return [
    {
      name: 'gateway',
      image: named('gateway'),
      env: (port) => ({ ...shared, PORT: '0', ADMIN_PORT: String(port) }),
      maxMb: 200,
    },
    {
      name: 'worker',
      image: named('worker'),
      env: (port) => ({ ...shared, WORKER_HEALTH_PORT: String(port) }),
      maxMb: 200,
    },
    {
      name: 'engine proxy',
      image: named('engine-proxy'),
      env: (port) => ({ ...shared, PROXY_SOCKET: '/tmp/engine.sock', PROXY_HEALTH_PORT: String(port) }),
      maxMb: 200,
    },
  ];
}

async function startUntilReady(docker: Docker, own: OwnContainer, environment: BenchEnvironment): Promise<number> {
  const port = await freePort();
  const socket = environment.dockerHost.replace(/^unix:\/\//, '');
  const container = await docker.createContainer({
    Image: own.image,
    Env: Object.entries(own.env(port)).map(([name, value]) => `${name}=${value}`),
    HostConfig: {
      NetworkMode: 'host',
      Binds: [`${socket}:/var/run/docker.sock`],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': '' },
    },
  });
  try {
    return await timed(async () => {
      await container.start();
      await ready(`http://127.0.0.1:${port}/readyz`);
    });
  } finally {
    await container.stop({ t: 30 });
    await container.remove({ force: true });
  }
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${url} was not ready in time`);
}

async function sizeOf(docker: Docker, name: string, image: string, maxMb: number | null): Promise<Measurement> {
  const { Size } = await docker.getImage(image).inspect();
  const target = maxMb === null ? null : { atMost: maxMb };
  return { name: `${name}: size of its image`, value: Size / MB, unit: 'MB', target };
}

/** A container of user code: made, started, and its PID 1 has said that it is ready. */
async function executorStart({ dockerHost, deployment, image }: BenchEnvironment): Promise<Measurement> {
  const sandboxes = createDockerSandboxProvider({
    socket: dockerHost,
    deployment: `${deployment}-containers`,
    workerId: 'bench',
    pool: { maxReady: 0, forgetAfterMs: 0 },
    logger: silentLogger,
    clock: systemClock,
  });
  const spec = {
    tenant: 't',
    isolation: 'default' as const,
    executionId: 'bench',
    attempt: 1,
    image,
    limits: DEFAULT_LIMITS,
    preload: null,
  };
  const times = await timings(ROUNDS * 2, 1, async () => {
    const sandbox = await sandboxes.acquire(spec, new AbortController().signal);
    void sandbox[Symbol.asyncDispose]();
  });
  await sandboxes.close();
  return { name: 'executor: made, started and ready, p50', value: median(times), unit: 'ms', target: null };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { randomBytes } from 'node:crypto';
import { connectRedis } from '@gantry/storage';
import { eventually } from './eventually.js';
import { externalStack, externalUrl } from './external-stack.js';
import { removeImagesOf } from './images.js';
import { ServiceProcess } from './process.js';
import { dockerHost, executorImage, redisUrl } from './requirements.js';

export interface StackOptions {
  workers?: number;
  /** For gateway and workers. */
  env?: Record<string, string>;
  redisUrl?: string;
}

/** Real gateway and worker processes of a deployment of their own; needs a build (`npm run build`). */
export interface Stack {
  url: string;
  /** Of the gateway's admin server; another one after `restartGateway()`. */
  adminUrl: string;
  deployment: string;
  gateway: ServiceProcess;
  workers: ServiceProcess[];
  env: Record<string, string>;
  /** With variables of its own, if any. */
  startWorker(env?: Record<string, string>): Promise<ServiceProcess>;
  /** The same address again, after `gateway.stop()`. */
  restartGateway(): Promise<void>;
  ready(): Promise<void>;
  close(): Promise<void>;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  if (externalUrl !== null) return externalStack(externalUrl, options);
  const deployment = `test-${randomBytes(5).toString('hex')}`;
  const env = {
    REDIS_URL: options.redisUrl ?? redisUrl(),
    DOCKER_HOST: dockerHost(),
    EXECUTOR_IMAGE: executorImage(),
    DEPLOYMENT: deployment,
    SHUTDOWN_GRACE_SECONDS: '5',
    SHUTDOWN_DELAY_SECONDS: '0',
    WORKER_HEALTH_PORT: '0',
    ADMIN_PORT: '0',
    ...options.env,
  };
  const stack: Stack = {
    url: '',
    adminUrl: '',
    deployment,
    gateway: new ServiceProcess('apps/gateway/dist/main.js', { ...env, PORT: '0' }),
    workers: [],
    env,
    startWorker: async (own = {}) => {
      const worker = new ServiceProcess('apps/worker/dist/main.js', { ...env, ...own });
      stack.workers.push(worker);
      await worker.logged('worker started');
      return worker;
    },
    restartGateway: async () => {
      stack.gateway = new ServiceProcess('apps/gateway/dist/main.js', { ...env, PORT: new URL(stack.url).port });
      const restarted = await stack.gateway.logged('gateway started');
      stack.adminUrl = String(restarted['adminUrl']);
    },
    ready: () => eventually(() => assertReady(stack.url), 30_000),
    close: async () => {
      await Promise.all([stack.gateway, ...stack.workers].map((process) => process.stop()));
      await Promise.all([dropKeys(env.REDIS_URL, deployment), removeImagesOf(deployment)]);
    },
  };
  try {
    const started = await stack.gateway.logged('gateway started');
    stack.url = String(started['url']);
    stack.adminUrl = String(started['adminUrl']);
    await Promise.all(Array.from({ length: options.workers ?? 1 }, () => stack.startWorker()));
    if ((options.workers ?? 1) > 0) await stack.ready();
  } catch (error) {
    const logs = [stack.gateway, ...stack.workers].map((process) => process.tail()).join('\n---\n');
    await stack.close();
    throw new Error(`The stack did not start; its logs:\n${logs}`, { cause: error });
  }
  return stack;
}

async function assertReady(url: string): Promise<void> {
  const response = await fetch(`${url}/readyz`);
  if (response.status !== 200) throw new Error(`not ready: ${await response.text()}`);
}

async function dropKeys(url: string, deployment: string): Promise<void> {
  const redis = await connectRedis({ url, deployment, role: 'persistent', name: 'test', onOutage: () => undefined });
  try {
    for await (const keys of redis.scanStream({ match: `{${deployment}}*`, count: 1000 })) {
      const names = keys as string[];
      if (names.length > 0) await redis.unlink(...names);
    }
  } finally {
    redis.disconnect();
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { connectRedis } from '@gantry/storage';

/** What all cases measure against: one running service, the engine and Redis it uses. */
export interface BenchEnvironment {
  url: string;
  deployment: string;
  redisUrl: string;
  dockerHost: string;
  image: string;
  /** Of the service's processes. */
  pids: number[];
  /** One more worker; ends with the service at the latest. Resolves when it takes jobs. */
  startWorker(): Promise<void>;
}

export interface BenchService extends AsyncDisposable {
  environment: BenchEnvironment;
}

function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set; run the benchmark by "npm run bench"`);
  return value;
}

/** `one-process` as `npm start` does it, `two-processes` as the compose stack does. */
export type Composition = 'one-process' | 'two-processes';

/** Starts gateway and worker, and waits until they can run something. */
export async function startBenchService(
  env: NodeJS.ProcessEnv,
  composition: Composition,
  settings: Record<string, string>,
): Promise<BenchService> {
  const deployment = `bench-${randomBytes(4).toString('hex')}`;
  const [redisUrl, dockerHost, image] = [need(env, 'REDIS_URL'), need(env, 'DOCKER_HOST'), need(env, 'EXECUTOR_IMAGE')];
  const own = { REDIS_URL: redisUrl, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: image, DEPLOYMENT: deployment };
  const serviceEnv = {
    PATH: env['PATH'] ?? '',
    ...own,
    PORT: '0',
    ADMIN_PORT: '0',
    WORKER_HEALTH_PORT: '0',
    ...settings,
  };
  const apps = composition === 'one-process' ? ['up'] : ['gateway', 'worker'];
  const children = apps.map((app) => startApp(app, serviceEnv));
  const url = await startedAt(children[0] as ChildProcess);
  // A pipe that nobody reads fills up.
  children[1]?.stdout?.resume();
  await ready(url);
  return {
    environment: {
      ...{ url, deployment, redisUrl, dockerHost, image },
      pids: children.map((child) => child.pid ?? 0),
      startWorker: async () => {
        const worker = startApp('worker', serviceEnv);
        worker.stdout?.resume();
        children.push(worker);
        await readyWorkers(url, children.length - 1);
      },
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(children.map(stop));
      await dropKeys(redisUrl, deployment);
    },
  };
}

/** What is queued would stay for ever. */
async function dropKeys(url: string, deployment: string): Promise<void> {
  const redis = await connectRedis({ url, deployment, role: 'persistent', name: 'bench', onOutage: () => undefined });
  for await (const keys of redis.scanStream({ match: `{${deployment}}*`, count: 1000 })) {
    const names = keys as string[];
    if (names.length > 0) await redis.unlink(...names);
  }
  redis.disconnect();
}

function startApp(app: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [`apps/${app}/dist/main.js`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function startedAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The service did not start')));
    if (!child.stdout) throw new Error('The service has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
      if (msg === 'gateway started' && url !== undefined) resolve(url);
    });
  });
}

async function readyWorkers(url: string, count: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const { workers } = (await (await fetch(`${url}/workers`)).json()) as { workers: { state: string }[] };
    if (workers.filter(({ state }) => state === 'ready').length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`There are not ${count} workers after 30 s`);
}

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if ((await fetch(`${url}/readyz`)).ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The service did not become ready: ${await (await fetch(`${url}/readyz`)).text()}`);
}

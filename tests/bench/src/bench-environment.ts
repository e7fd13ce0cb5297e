import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';

/** What all cases measure against: one running service, the engine and Redis it uses. */
export interface BenchEnvironment {
  url: string;
  deployment: string;
  redisUrl: string;
  dockerHost: string;
  image: string;
  /** Of the service's process. */
  pid: number;
}

export interface BenchService extends AsyncDisposable {
  environment: BenchEnvironment;
}

function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set; run the benchmark by "npm run bench"`);
  return value;
}

/** Starts gateway and worker as one process, as `npm start` does. */
export async function startBenchService(
  env: NodeJS.ProcessEnv,
  settings: Record<string, string> = {},
): Promise<BenchService> {
  const deployment = `bench-${randomBytes(4).toString('hex')}`;
  const [redisUrl, dockerHost, image] = [need(env, 'REDIS_URL'), need(env, 'DOCKER_HOST'), need(env, 'EXECUTOR_IMAGE')];
  const child = spawn(process.execPath, ['apps/up/dist/main.js'], {
    env: {
      PATH: env['PATH'] ?? '',
      REDIS_URL: redisUrl,
      DOCKER_HOST: dockerHost,
      EXECUTOR_IMAGE: image,
      DEPLOYMENT: deployment,
      PORT: '0',
      WORKER_HEALTH_PORT: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await startedAt(child);
  await ready(url);
  return {
    environment: { url, deployment, redisUrl, dockerHost, image, pid: child.pid ?? 0 },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
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

async function ready(url: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if ((await fetch(`${url}/readyz`)).ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The service did not become ready: ${await (await fetch(`${url}/readyz`)).text()}`);
}

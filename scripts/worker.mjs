import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCommand } from './lib/command-life.mjs';
import { repository } from './lib/machine.mjs';
import { isListening } from './lib/port.mjs';
import { endingWithUs, stopChild } from './lib/process-life.mjs';
import { SetupProblem } from './lib/setup-problem.mjs';
import { setUp } from './lib/setup.mjs';

// `npm run worker`: this machine takes what is submitted to gateways elsewhere. It needs their Redis; everything else it finds or brings.
const HEALTH_PORT = 9464;
/** On top of what the worker itself gives to what runs. */
const STOP_MARGIN_MS = 15_000;

function requireRedisUrl() {
  if (process.env.REDIS_URL) return;
  throw new SetupProblem('REDIS_URL is not set: a worker needs the Redis that its gateways use.', [
    'REDIS_URL=redis://:PASSWORD@HOST:6379 npm run worker',
  ]);
}

/** A second worker on one machine has a health port of its own. */
async function healthPort() {
  const wanted = process.env.WORKER_HEALTH_PORT;
  return wanted || ((await isListening('127.0.0.1', HEALTH_PORT)) ? '0' : String(HEALTH_PORT));
}

await runCommand('worker', async (life) => {
  requireRedisUrl();
  const { redisUrl, dockerHost, executorImage } = await setUp(life);
  const settings = { REDIS_URL: redisUrl, DOCKER_HOST: dockerHost, EXECUTOR_IMAGE: executorImage };
  // A session of its own: it is asked to stop by us, in order, not by the terminal at the same moment as we are.
  const child = spawn(...endingWithUs(process.execPath, [join(repository, 'apps/worker/dist/main.js')]), {
    cwd: repository,
    detached: true,
    env: { ...process.env, ...settings, WORKER_HEALTH_PORT: await healthPort() },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const graceMs = Number(process.env.SHUTDOWN_GRACE_SECONDS || 30) * 1000;
  life.stack.defer('Worker', () => stopChild(child, graceMs + STOP_MARGIN_MS));
  const exited = once(child, 'exit');
  const interrupted = life.signal.aborted ? Promise.resolve() : once(life.signal, 'abort');
  await Promise.race([exited, interrupted]);
  // What was wrong it has said itself.
  if (!life.signal.aborted) return child.exitCode || 1;
  return 0;
});

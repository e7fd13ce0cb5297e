import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, repository } from './machine.mjs';
import { findFreePort, isListening } from './port.mjs';
import { endingWithUs, eventually, stopChild } from './process-life.mjs';
import { SetupProblem } from './setup-problem.mjs';

const ADMIN_PORT = 9465;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 45_000;

/** Before anything is set up for it: a port that somebody else has can't be served. */
export async function requireFreePort(host, port) {
  if (await isListening(host, port))
    throw new SetupProblem(`Port ${port} of ${host} is in use.`, [`PORT=${port + 1} npm start`]);
}

async function isReady(baseUrl, signal) {
  try {
    const limit = AbortSignal.any([AbortSignal.timeout(3000), ...(signal ? [signal] : [])]);
    return (await fetch(`${baseUrl}/readyz`, { signal: limit })).ok;
  } catch {
    return false;
  }
}

/** The admin server's: as wished, else the usual one, else a free one, as a second service beside it has its own. */
export async function chooseAdminPort() {
  if (process.env.ADMIN_PORT) return Number(process.env.ADMIN_PORT);
  return (await isListening('127.0.0.1', ADMIN_PORT)) ? findFreePort() : ADMIN_PORT;
}

/**
 * Starts gateway and worker in one process and waits until both take work. Its log goes to a file; `onExit` hears when it ends by
 * itself. Resolves to the base URL and how to stop it.
 */
export async function startService(
  { redisUrl, dockerHost, executorImage },
  { host, port, name, env = {}, signal, onExit },
) {
  const logPath = join(cacheDirectory, 'logs', `${name}-service.log`);
  mkdirSync(join(cacheDirectory, 'logs'), { recursive: true });
  const log = openSync(logPath, 'w', 0o600);
  const settings = {
    HOST: host,
    PORT: String(port),
    REDIS_URL: redisUrl,
    DOCKER_HOST: dockerHost,
    EXECUTOR_IMAGE: executorImage,
  };
  // A session of its own: it is asked to stop by us, in order, not by the terminal at the same moment as we are.
  const child = spawn(...endingWithUs(process.execPath, [join(repository, 'apps/up/dist/main.js')]), {
    cwd: repository,
    detached: true,
    env: { ...process.env, WORKER_HEALTH_PORT: '0', ADMIN_PORT: '0', ...env, ...settings },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended = false;
  child.once('exit', () => {
    ended = true;
    onExit?.();
  });
  const baseUrl = `http://${host}:${port}`;
  const stop = () => stopChild(child, STOP_TIMEOUT_MS);
  await eventually(async () => ended || signal?.aborted || (await isReady(baseUrl, signal)), READY_TIMEOUT_MS, 100);
  if (!ended && !signal?.aborted && (await isReady(baseUrl))) return { baseUrl, logPath, stop };
  await stop();
  signal?.throwIfAborted();
  const fault = ended ? 'ended' : `was not ready after ${READY_TIMEOUT_MS / 1000} s`;
  throw Object.assign(new Error(`The service ${fault}. Its log: ${logPath}`), {
    tail: readFileSync(logPath, 'utf8').slice(-4000),
  });
}

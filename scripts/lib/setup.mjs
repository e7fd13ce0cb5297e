import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDocker } from './docker-cli.mjs';
import { acquireEngine } from './docker-engine.mjs';
import { ensureExecutorImage } from './executor-image.mjs';
import { withLock } from './lock.mjs';
import { cacheDirectory } from './machine.mjs';
import { ensureNodeModules } from './node-modules.mjs';
import { isListening } from './port.mjs';
import { startRedis } from './redis.mjs';
import { collectProblems, SetupProblem } from './setup-problem.mjs';
import { buildSources } from './typescript-build.mjs';

/** Runs `use` while no other command on this machine sets up, or takes down, what they share. */
export function withSetupLock({ progress, signal }, use) {
  const onWait = (pid) => progress?.note(`waiting for the set-up of another command (pid ${pid})`);
  return withLock(join(cacheDirectory, 'setup.lock'), { onWait, signal }, use);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupProblem(`Node.js ${process.versions.node} is too old: Gantry needs 20.19 or newer.`, [
    'https://nodejs.org/en/download',
  ]);
}

/** `directory` keeps its data for the next time; without one they go when Redis stops. */
async function provideRedis({ stack, ...options }, directory) {
  if (process.env.REDIS_URL) {
    // Sentinels and a Cluster have several addresses; what is malformed is told by the service, which never repeats it.
    const form = /^rediss?\+(sentinel|cluster):/.exec(process.env.REDIS_URL)?.[1];
    if (form || !URL.canParse(process.env.REDIS_URL))
      return { value: process.env.REDIS_URL, note: `REDIS_URL${form ? `, ${form}` : ''}` };
    const { hostname, port } = new URL(process.env.REDIS_URL);
    if (await isListening(hostname, Number(port || 6379)))
      return { value: process.env.REDIS_URL, note: `REDIS_URL, ${hostname}` };
    throw new SetupProblem(`REDIS_URL names ${hostname}:${port || 6379}, where nothing listens.`, ['unset REDIS_URL']);
  }
  const temporary = directory ? null : mkdtempSync(join(tmpdir(), 'gantry-redis-'));
  if (temporary) stack.defer('Redis data', () => rmSync(temporary, { recursive: true, force: true }));
  const redis = await startRedis(directory ?? temporary, options);
  stack.defer('Redis', () => redis.stop());
  return { value: redis.url, note: `private instance on 127.0.0.1:${redis.port}` };
}

async function provideEngine({ stack, ...options }) {
  const engine = await acquireEngine(options);
  stack.defer('Docker engine', () => withSetupLock({}, () => engine.release()));
  return { value: engine.host, note: engine.note };
}

async function provideExecutor(dockerHost, options) {
  const docker = createDocker(dockerHost, options);
  const { tag, present } = await ensureExecutorImage(docker, options);
  return { value: tag, note: `${tag}${present ? '' : ', built'}` };
}

/**
 * Everything a bare clone lacks: npm packages and compiled sources, Redis, a Docker engine, the image that user code runs in. One line
 * a stage; what is there is left alone; what is started goes on `life.stack`. Two commands at a time wait for each other here.
 */
export async function setUp({ progress, stack, log, signal: interrupted }, { redisDirectory } = {}) {
  checkNode();
  // One lane's failure ends the other's work.
  const failed = new AbortController();
  const signal = AbortSignal.any([interrupted, failed.signal]);
  const stage = (name, work) => progress.stage(name, (say) => work({ stack, log, signal, say }));
  const services = async () => {
    const [redisUrl, dockerHost] = await collectProblems([
      () => stage('Redis', (options) => provideRedis(options, redisDirectory)),
      () => stage('Docker engine', provideEngine),
    ]);
    const executorImage = await stage('Executor image', (options) => provideExecutor(dockerHost, options));
    return { redisUrl, dockerHost, executorImage };
  };
  const sources = async () => {
    await stage('npm packages', ensureNodeModules);
    await stage('Build', buildSources);
  };
  return withSetupLock({ progress, signal }, async () => {
    const lanes = [services(), sources()].map((lane) =>
      lane.catch((error) => {
        failed.abort();
        throw error;
      }),
    );
    const outcomes = await Promise.allSettled(lanes);
    const faults = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
    if (faults.length > 0) throw faults.find((fault) => fault.name !== 'AbortError') ?? faults[0];
    return outcomes[0].value;
  });
}

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './command.mjs';
import { createBridge, rememberRules, removeBridge, restoreRules } from './engine-bridge.mjs';
import { engineFault } from './engine-probe.mjs';
import { cacheDirectory } from './machine.mjs';
import { eventually, processIdentity, stopProcess } from './process-life.mjs';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

// One engine a cache directory. Its sockets lie in /run, for a socket's path has at most 107 characters.
const id = createHash('sha256').update(cacheDirectory).digest('hex').slice(0, 6);
const bridge = `gantry-${id}`;
const runtime = `/run/gantry-${id}`;
const users = join(runtime, 'users');
const pidFile = join(runtime, 'engine');
const host = `unix://${runtime}/docker.sock`;
const logFile = join(cacheDirectory, 'logs/dockerd.log');

function readIdentity(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Runs that use the engine at this moment; the marks of dead ones are removed. */
function countUsers() {
  const names = readdirSync(users);
  const dead = names.filter((name) => processIdentity(Number.parseInt(name, 10)) !== name);
  dead.forEach((name) => rmSync(join(users, name), { force: true }));
  return names.length - dead.length;
}

function spawnEngine() {
  mkdirSync(join(cacheDirectory, 'logs'), { recursive: true });
  const log = openSync(logFile, 'w', 0o600);
  const data = join(cacheDirectory, 'engine');
  const places = [
    '--host',
    host,
    '--data-root',
    data,
    '--exec-root',
    join(runtime, 'exec'),
    '--pidfile',
    join(runtime, 'docker.pid'),
  ];
  // Where a containerd of the system runs, dockerd uses that one: a namespace of ours keeps the two apart.
  const names = [
    '--bridge',
    bridge,
    '--containerd-namespace',
    'gantry',
    '--containerd-plugins-namespace',
    'gantry-plugins',
  ];
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };
  delete env.DOCKER_HOST;
  // A session of its own: Ctrl-C is for us, and another run may go on using it.
  const child = spawn(findProgram('dockerd'), [...places, ...names], {
    detached: true,
    env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}

async function start({ signal }) {
  const remembered = await rememberRules();
  await createBridge(bridge);
  const child = spawnEngine();
  let failure = null;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure = `exit code ${code}`));
  writeFileSync(pidFile, processIdentity(child.pid) ?? '');
  await eventually(
    async () => failure !== null || signal?.aborted || (await engineFault(host)) === null,
    START_TIMEOUT_MS,
  );
  await restoreRules(remembered);
  const fault = failure ?? (await engineFault(host));
  if (fault === null && !signal?.aborted) return child.unref();
  await stop();
  signal?.throwIfAborted();
  throw Object.assign(
    new Error(`dockerd did not start (${fault}); it needs a machine where root may mount and make networks`),
    { tail: readFileSync(logFile, 'utf8').slice(-2000) },
  );
}

/** A container in the host's network makes the engine mount that network's name in its runtime directory, where it leaves it. */
function unmountBelow(directory) {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${directory}/`));
  for (const point of mounts.reverse()) execFileSync('umount', [point], { stdio: 'ignore' });
}

async function stop() {
  const identity = readIdentity(pidFile);
  if (identity && processIdentity(Number.parseInt(identity, 10)) === identity)
    await stopProcess(Number.parseInt(identity, 10), STOP_TIMEOUT_MS);
  await removeBridge(bridge);
  unmountBelow(runtime);
  rmSync(runtime, { recursive: true, force: true });
}

/**
 * Starts this user's private engine, or joins the one that another run has started. To be called, like the `release` it resolves
 * to, under the set-up lock. The last to release stops it; its images stay.
 */
export async function acquirePrivateEngine(options) {
  mkdirSync(users, { recursive: true, mode: 0o700 });
  const others = countUsers();
  const alive = (await engineFault(host)) === null;
  if (!alive) await start(options);
  const mark = join(users, processIdentity(process.pid));
  writeFileSync(mark, '');
  return {
    host,
    joined: alive && others > 0,
    async release() {
      rmSync(mark, { force: true });
      if (countUsers() === 0) await stop();
    },
  };
}

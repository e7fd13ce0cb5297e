import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram } from './command.mjs';
import { findFreePort } from './port.mjs';
import { endingWithUs, eventually, processIdentity, stopChild, stopProcess } from './process-life.mjs';
import { SetupProblem } from './setup-problem.mjs';

const START_TIMEOUT_MS = 30_000;

/** Resolves to the path of redis-server; installs it where that can be done. */
export async function provideServer(options) {
  const found = findProgram('redis-server');
  if (found) return found;
  if (!canInstallPackages) {
    throw new SetupProblem('Redis is missing: there is no REDIS_URL and no redis-server on the PATH.', [
      'sudo apt-get install redis-server    # Debian, Ubuntu',
      'brew install redis                   # macOS',
      'export REDIS_URL=redis://HOST:6379   # or name one that runs',
    ]);
  }
  await installPackages(['redis-server'], options);
  return findProgram('redis-server');
}

/** Whether the Redis server there answers an authenticated PING. */
function ping(port, password) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('+PONG')) end(true);
    });
  });
}

/** What keeps every acknowledged job over a crash, and refuses work instead of evicting some. */
function configuration(directory, port, password) {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${directory}`,
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    'save ""',
    'daemonize no',
    '',
  ].join('\n');
}

/** A command that was killed leaves its Redis behind; two on the same data would ruin it. */
async function stopForerunner(pidFile) {
  if (!existsSync(pidFile)) return;
  const identity = readFileSync(pidFile, 'utf8');
  const pid = Number.parseInt(identity, 10);
  if (processIdentity(pid) === identity) await stopProcess(pid, 10_000);
}

/**
 * A Redis of this command's own on a free loopback port, with a password, its data in `directory`.
 * Resolves to its URL and how to stop it; it ends with nothing lost.
 */
export async function startRedis(directory, options) {
  const server = await provideServer(options);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pidFile = join(directory, 'redis.pid');
  await stopForerunner(pidFile);
  const port = await findFreePort();
  const password = randomBytes(24).toString('hex');
  const config = join(directory, 'redis.conf');
  const logPath = join(directory, 'redis.log');
  writeFileSync(config, configuration(directory, port, password), { mode: 0o600 });
  const log = openSync(logPath, 'w', 0o600);
  // A group of its own: Ctrl-C reaches the terminal's group, and Redis has to outlive what still writes to it.
  const child = spawn(...endingWithUs(server, [config]), { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  if (child.pid) writeFileSync(pidFile, processIdentity(child.pid) ?? '');
  const failure = new Promise((resolve) => child.once('error', resolve));
  const up = await Promise.race([
    eventually(async () => child.exitCode !== null || (await ping(port, password)), START_TIMEOUT_MS),
    failure,
  ]);
  if (up !== true || child.exitCode !== null) {
    child.kill('SIGKILL');
    throw new Error(`redis-server did not start:\n${readFileSync(logPath, 'utf8').slice(-2000)}`);
  }
  return {
    port,
    url: `redis://:${password}@127.0.0.1:${port}`,
    stop: async () => {
      await stopChild(child, 10_000);
      rmSync(config, { force: true });
      rmSync(pidFile, { force: true });
    },
  };
}

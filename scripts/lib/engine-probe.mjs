import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { tryRun } from './command.mjs';

const TIMEOUT_MS = 5000;

/** Resolves to an error code, or `null` when an engine answers at the socket. */
function pingSocket(socketPath) {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? null : `HTTP ${response.statusCode}`);
    });
    call.once('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    call.once('error', (error) => resolve(error.code ?? error.message));
    call.end();
  });
}

/** Why no engine answers at `host` (unix://… or any other form that the docker client knows); `null` when one does. */
export async function engineFault(host) {
  if (host.startsWith('unix://')) return pingSocket(host.slice('unix://'.length));
  const env = { ...process.env, DOCKER_HOST: host };
  const version = await tryRun('docker', ['version', '--format', '{{.Server.Version}}'], {
    env,
    timeoutMs: TIMEOUT_MS,
  });
  return version ? null : 'no answer';
}

/** The sockets where an engine of this machine or of this user usually listens. */
export async function usualHosts() {
  const context = await tryRun('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], {
    timeoutMs: TIMEOUT_MS,
  });
  const rootless = process.env.XDG_RUNTIME_DIR && `unix://${process.env.XDG_RUNTIME_DIR}/docker.sock`;
  const hosts = ['unix:///var/run/docker.sock', context, rootless].filter((host) => host?.startsWith('unix://'));
  return [...new Set(hosts)].filter((host) => existsSync(host.slice('unix://'.length)));
}

import { run } from './command.mjs';
import { listFiles, withContext } from './build-context.mjs';
import { findCompose } from './compose-cli.mjs';
import { createDocker } from './docker-cli.mjs';
import { examples, faultOf } from './examples.mjs';
import { readExtraCertificates, writeCertificates } from './extra-certificates.mjs';
import { ensureImage } from './images.mjs';
import { eventually } from './process-life.mjs';
import { findFreePort } from './port.mjs';
import { execute } from './rest-client.mjs';

const READY_TIMEOUT_MS = 120_000;
const BASES = ['debian:bookworm-slim', 'node:22-bookworm-slim', 'redis:7-bookworm'];
const FILES = [
  '.dockerignore',
  'Dockerfile.executor',
  'Dockerfile.worker',
  'docker-compose.yml',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'apps',
  'libs',
  'deploy/certificates/README.md',
  'deploy/worker-entrypoint.sh',
];
const NOT_FILES = [/node_modules$/, /\/dist$/, /\.tsbuildinfo$/, /^libs\/sandbox\/init\/build$/];

async function isReady(baseUrl) {
  try {
    return (await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    return false;
  }
}

async function runExamples(baseUrl, signal) {
  for (const example of examples) {
    const result = await execute(baseUrl, { language: example.language, code: example.code }, { signal });
    const fault = faultOf(example, result);
    if (fault !== null) throw new Error(`In the compose stack examples/${example.file} ${fault}`);
  }
}

/** Builds the stack of docker-compose.yml, brings it up with two workers, runs every example through the published port, and removes it. */
export async function testComposeStack({ dockerHost, log, say, signal }) {
  const docker = createDocker(dockerHost, { log, signal });
  const [command, ...prefix] = await findCompose({ log, say, signal });
  for (const reference of BASES) await ensureImage(docker, reference, { log, say, signal });
  const port = await findFreePort();
  const project = `gantry-test-${process.pid}`;
  const builder = (await docker.hasBuildkit()) ? {} : { DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
  const settings = {
    DEPLOYMENT: project,
    DOCKER_SOCKET: dockerHost.replace(/^unix:\/\//, ''),
    EXECUTOR_IMAGE: 'gantry/executor:compose-test',
    GATEWAY_PORT: String(port),
  };
  const env = { ...docker.env, ...builder, ...settings };
  delete env.REDIS_URL;
  const prepare = (context) => writeCertificates(context, readExtraCertificates());
  return withContext(listFiles(FILES, NOT_FILES), prepare, async (cwd) => {
    const compose = (args, options = {}) =>
      run(command, [...prefix, '--project-name', project, ...args], { cwd, env, log, signal, ...options });
    try {
      say('compose build');
      await compose(['build']);
      say('compose up');
      await compose(['up', '--detach', '--scale', 'worker=2']);
      const baseUrl = `http://127.0.0.1:${port}`;
      if (!(await eventually(() => signal.aborted || isReady(baseUrl), READY_TIMEOUT_MS, 250)))
        throw new Error('The compose stack was not ready in time');
      signal.throwIfAborted();
      await runExamples(baseUrl, signal);
      return { note: `up with two workers, ${examples.length} examples run` };
    } catch (error) {
      await compose(['logs', '--no-color'], { signal: undefined }).catch(() => {});
      throw error;
    } finally {
      await compose(['down', '--volumes', '--remove-orphans', '--timeout', '20'], { signal: undefined });
    }
  });
}

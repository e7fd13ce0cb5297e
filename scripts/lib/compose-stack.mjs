import { findCompose } from './compose-cli.mjs';
import { withComposeContext } from './compose-context.mjs';
import { ComposeProject, guardLeftovers } from './compose-project.mjs';
import { testAgainstCompose } from './compose-tests.mjs';
import { createDocker } from './docker-cli.mjs';
import { ensureImage } from './images.mjs';
import { eventually } from './process-life.mjs';
import { findFreePort } from './port.mjs';

const READY_TIMEOUT_MS = 120_000;
const BASES = ['debian:bookworm-slim', 'node:22-bookworm-slim', 'redis:7-bookworm', 'prom/prometheus:v3.13.5'];
const FILES = ['docker-compose.yml', 'deploy/compose/network.yml', 'tests/compose/settings.yml'];
const OBSERVED = ['--profile', 'observability'];
/** All but Grafana, for which there is no stand-in where no registry answers. */
const SERVICES = ['gateway', 'worker', 'prometheus'];

async function isReady(baseUrl) {
  try {
    return (await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    return false;
  }
}

/** Names, ports and networks that no other stack on this machine has. */
async function chooseSettings(docker) {
  const name = `gantry-test-${process.pid}`;
  const third = (process.pid % 48) * 4;
  const builder = (await docker.hasBuildkit()) ? {} : { DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
  return {
    ...builder,
    DEPLOYMENT: name,
    DOCKER_SOCKET: docker.host.replace(/^unix:\/\//, ''),
    EXECUTOR_IMAGE: 'gantry/executor:compose-test',
    GATEWAY_PORT: String(await findFreePort()),
    PROMETHEUS_PORT: String(await findFreePort()),
    MAX_MEMORY_MB: '1024',
    SANDBOX_NETWORK: `${name}-sandboxes`,
    SANDBOX_BRIDGE: `gt-${process.pid}`,
    SANDBOX_SUBNET: `10.214.${third}.0`,
    SANDBOX_GATEWAY: `10.214.${third}.1`,
    // The lower half of a network that is set aside for documentation; tests/compose/isolation.test.ts has hosts in both.
    SANDBOX_ALLOW: '198.51.100.0/25',
  };
}

async function bringUp(project, { baseUrl, say, signal }) {
  say('compose up');
  await project.run([...OBSERVED, 'up', '--detach', '--no-build', '--scale', 'worker=2', ...SERVICES]);
  if (!(await eventually(() => signal.aborted || isReady(baseUrl), READY_TIMEOUT_MS, 250)))
    throw new Error('The compose stack was not ready in time');
  signal.throwIfAborted();
}

/** What is under way is heard of when it goes wrong. */
async function useStack(project, { baseUrl, docker, dockerHost, settings, say, signal }) {
  try {
    await bringUp(project, { baseUrl, say, signal });
    await testAgainstCompose({ baseUrl, settings, dockerHost, say, signal });
  } catch (error) {
    await project.run([...OBSERVED, 'logs', '--no-color'], { signal: undefined }).catch(() => {});
    throw error;
  } finally {
    await project.remove(['observability']);
  }
  const left = [...(await project.leftovers(project.name)), ...(await guardLeftovers(docker, settings.SANDBOX_BRIDGE))];
  if (left.length > 0) throw new Error(`The compose stack has left behind: ${left.join(', ')}`);
  return { note: 'up with two workers, tested, down with nothing left' };
}

/**
 * Builds the images of the compose files; then, when `turn` resolves, brings up the stack with two workers, a network for sandboxes and
 * Prometheus, runs the tests that need nothing but its published port and those that look behind it, takes it down, and requires that
 * nothing is left.
 */
export async function testComposeStack({ dockerHost, stage, turn = Promise.resolve(), log, signal }) {
  const docker = createDocker(dockerHost, { log, signal });
  const settings = await chooseSettings(docker);
  const baseUrl = `http://127.0.0.1:${settings.GATEWAY_PORT}`;
  await withComposeContext(async (cwd) => {
    const project = await stage('Compose images', async ({ say }) => {
      const command = await findCompose({ log, say, signal });
      for (const reference of BASES) await ensureImage(docker, reference, { log, say, signal });
      const built = new ComposeProject({
        ...{ docker, command, name: settings.DEPLOYMENT, files: FILES, cwd, settings, log, signal },
      });
      say('compose build');
      await built.run(['build']);
      return { value: built, note: 'built' };
    });
    await turn;
    const options = { baseUrl, docker, dockerHost, settings, signal };
    await stage('Compose stack', ({ say }) => useStack(project, { ...options, say }));
  });
}

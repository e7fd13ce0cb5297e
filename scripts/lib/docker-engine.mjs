import { canInstallPackages, installPackages } from './apt.mjs';
import { findProgram } from './command.mjs';
import { engineFault, usualHosts } from './engine-probe.mjs';
import { isRoot } from './machine.mjs';
import { acquirePrivateEngine } from './private-engine.mjs';
import { SetupProblem } from './setup-problem.mjs';

const INSTALL_COMMANDS = [
  'sudo apt-get install docker.io      # Debian, Ubuntu; other systems: Docker Desktop, Colima, Podman with its Docker socket',
  'sudo usermod -aG docker "$USER"     # and log in again',
  'export DOCKER_HOST=unix:///PATH     # or name an engine that runs',
];

async function provideClient(options) {
  if (findProgram('docker')) return;
  if (!canInstallPackages) throw new SetupProblem('The docker client is missing.', INSTALL_COMMANDS);
  await installPackages(['docker.io'], { ...options, optional: ['docker-cli'] });
}

/** What a private engine is made of. `docker-cli` is a package of its own on newer releases. */
async function provideEngine(options) {
  const wanted = { dockerd: 'docker.io', iptables: 'iptables', ip: 'iproute2' };
  const missing = Object.keys(wanted).filter((program) => !findProgram(program));
  if (missing.length === 0 && findProgram('docker')) return;
  if (!canInstallPackages && missing.length > 0)
    throw new SetupProblem(`${missing.join(', ')}: not on the PATH.`, INSTALL_COMMANDS);
  await installPackages([...new Set([...missing.map((program) => wanted[program]), 'docker.io'])], {
    ...options,
    optional: ['docker-cli'],
  });
}

function noEngine(faults) {
  const refused = faults.find(({ fault }) => fault === 'EACCES');
  if (refused) {
    return new SetupProblem(`This user may not use the Docker engine at ${refused.host}.`, INSTALL_COMMANDS.slice(1));
  }
  const tried = faults.map(({ host, fault }) => `${host} (${fault})`).join(', ');
  const reason = isRoot ? 'dockerd can only be brought on Debian or Ubuntu' : 'only root can start one';
  return new SetupProblem(`No Docker engine answers${tried && `: tried ${tried}`}; ${reason}.`, INSTALL_COMMANDS);
}

/**
 * The engine to work with: `DOCKER_HOST`, else one that runs on this machine, else a private one. Resolves to its host, a note and
 * how to let go of it.
 */
export async function acquireEngine(options) {
  const keep = { release: async () => {} };
  const chosen = process.env.DOCKER_HOST;
  if (chosen) {
    await provideClient(options);
    const fault = await engineFault(chosen);
    if (fault === 'EACCES') throw noEngine([{ host: chosen, fault }]);
    if (fault !== null)
      throw new SetupProblem(`DOCKER_HOST is ${chosen}, where no engine answers (${fault}).`, ['unset DOCKER_HOST']);
    return { host: chosen, note: chosen, ...keep };
  }
  const faults = [];
  for (const host of await usualHosts()) {
    const fault = await engineFault(host);
    faults.push({ host, fault });
    if (fault !== null) continue;
    await provideClient(options);
    return { host, note: host, ...keep };
  }
  if (!isRoot || process.platform !== 'linux') throw noEngine(faults);
  await provideEngine(options);
  const engine = await acquirePrivateEngine(options);
  return { ...engine, note: `private engine${engine.joined ? ', shared with another run' : ''}` };
}

import { tryRun, run } from './command.mjs';

const DOWN = ['down', '--volumes', '--remove-orphans', '--timeout', '30'];

/** One stack of our compose files, under a name of its own. `settings` are the variables that the files take. */
export class ComposeProject {
  #command;
  #options;
  #docker;

  constructor({ docker, command, name, files, cwd, settings, log, signal }) {
    this.name = name;
    this.#docker = docker;
    this.#command = [...command, '--project-name', name, ...files.flatMap((file) => ['--file', file])];
    this.#options = { cwd, log, signal, env: { ...withoutOurs(docker.env), ...settings } };
  }

  run(args, options = {}) {
    const [program, ...prefix] = this.#command;
    return run(program, [...prefix, ...args], { ...this.#options, ...options });
  }

  /** Also after an interruption. */
  async remove(profiles = []) {
    const args = profiles.flatMap((profile) => ['--profile', profile]);
    await this.run([...args, ...DOWN], { signal: undefined });
  }

  /** What the engine still has of this stack and of the sandboxes it made, by name. */
  async leftovers(deployment) {
    const label = `label=com.docker.compose.project=${this.name}`;
    const lists = [
      ['ps', '--all', '--filter', label, '--format', 'container {{.Names}}'],
      ['ps', '--all', '--filter', `label=gantry.deployment=${deployment}`, '--format', 'sandbox {{.Names}}'],
      ['volume', 'ls', '--filter', label, '--format', 'volume {{.Name}}'],
      ['network', 'ls', '--filter', label, '--format', 'network {{.Name}}'],
    ];
    const found = [];
    for (const args of lists) {
      const lines = await this.#docker.run(args, { signal: undefined });
      found.push(...lines.split('\n').filter(Boolean));
    }
    return found;
  }
}

/** Whatever the compose files would take from this shell stays out: a stack under test has only the settings that it is given. */
function withoutOurs(env) {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(REDIS|API_KEYS|ADMIN_|ALLOW|MAX_|SANDBOX|BUILD_|IMAGE_|WORKER_|GATEWAY|EXECUTOR|COMPOSE|DEPLOYMENT)/.test(
        name,
      ),
  );
  return Object.fromEntries(kept);
}

/** The rules and the bridge that the egress guard made on this machine, if they are still there; asked from its own image, which has `nft`. */
export async function guardLeftovers(docker, bridge) {
  const nft = [
    'run',
    '--rm',
    '--network',
    'host',
    '--cap-add',
    'NET_ADMIN',
    '--entrypoint',
    'nft',
    'gantry/egress-guard',
  ];
  const tables = await docker.run([...nft, 'list', 'tables'], { signal: undefined });
  const link = await tryRun('ip', ['link', 'show', bridge]);
  const table = `inet gantry_${bridge.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
  return [
    ...(tables.split('\n').some((line) => line.endsWith(table)) ? [`rules of ${bridge}`] : []),
    ...(link === null ? [] : [`bridge ${bridge}`]),
  ];
}

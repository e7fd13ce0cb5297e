import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { eventually } from './eventually.js';

const run = promisify(execFile);

/**
 * A Docker engine that is a machine of its own for the network: its bridges, its firewall and its ports are in a network namespace, which
 * `address` leads to. Needs root.
 */
export class NamespacedEngine implements AsyncDisposable {
  readonly dockerHost: string;
  readonly docker: Docker;
  readonly address: string;
  readonly #name: string;
  readonly #directory: string;
  readonly #daemon: ChildProcess;

  private constructor(where: { name: string; address: string; directory: string }, daemon: ChildProcess) {
    const socketPath = join(where.directory, 'docker.sock');
    this.dockerHost = `unix://${socketPath}`;
    this.docker = new Docker({ socketPath, host: undefined });
    this.address = where.address;
    this.#name = where.name;
    this.#directory = where.directory;
    this.#daemon = daemon;
  }

  static async start(): Promise<NamespacedEngine> {
    const name = `gte${randomBytes(3).toString('hex')}`;
    const address = await createNamespace(name);
    const directory = await mkdtemp(join(tmpdir(), 'gantry-engine-'));
    const engine = new NamespacedEngine({ name, address, directory }, startDaemon(name, directory));
    try {
      await eventually(async () => {
        if (engine.#daemon.exitCode !== null) throw new Error('dockerd has ended');
        await engine.docker.ping();
      }, 60_000);
    } catch (error) {
      const tail = readFileSync(join(directory, 'log'), 'utf8').slice(-2000);
      await engine[Symbol.asyncDispose]();
      throw new Error(`The engine did not start: ${tail}`, { cause: error });
    }
    return engine;
  }

  /** The docker client, on this engine. Resolves to what it wrote to standard output. */
  async client(args: string[]): Promise<string> {
    return (await run('docker', ['--host', this.dockerHost, ...args], { maxBuffer: 1e7 })).stdout.trim();
  }

  /** Copies images from another engine, with the layers that they share once. */
  async load(fromHost: string, references: readonly string[]): Promise<void> {
    const save = spawn('docker', ['--host', fromHost, 'save', ...references], { stdio: ['ignore', 'pipe', 'inherit'] });
    const load = spawn('docker', ['--host', this.dockerHost, 'load', '--quiet'], {
      stdio: [save.stdout, 'ignore', 'inherit'],
    });
    const codes = await Promise.all([save, load].map(async (child) => (await once(child, 'exit'))[0] as number));
    if (codes.some((code) => code !== 0)) throw new Error(`docker save | docker load ended with ${codes.join(', ')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      const ended = once(this.#daemon, 'exit');
      this.#daemon.kill('SIGTERM');
      await ended;
    }
    await run('ip', ['link', 'delete', this.#name]);
    await run('ip', ['netns', 'delete', this.#name]);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/**
 * Joined to this machine by a cable of two addresses from the range that is set aside for benchmarks of networks. Without a way further, so
 * that what is not here is found missing at once.
 */
async function createNamespace(name: string): Promise<string> {
  const block = `198.18.${randomInt(256)}`;
  const [near, far] = [`${block}.1`, `${block}.2`];
  for (const command of [
    ['netns', 'add', name],
    ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', name],
    ['address', 'add', `${near}/30`, 'dev', name],
    ['link', 'set', name, 'up'],
    ['-netns', name, 'address', 'add', `${far}/30`, 'dev', 'uplink'],
    ['-netns', name, 'link', 'set', 'uplink', 'up'],
    ['-netns', name, 'link', 'set', 'lo', 'up'],
  ])
    await run('ip', command);
  return far;
}

/** Not by `ip netns exec`, which would hide the control groups; with mounts of its own, which are gone with it. */
function startDaemon(name: string, directory: string): ChildProcess {
  const log = openSync(join(directory, 'log'), 'w');
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` };
  const inside = [`--net=/run/netns/${name}`, 'unshare', '--mount', '--propagation', 'slave'];
  const daemon = spawn('nsenter', [...inside, 'dockerd', ...daemonArguments(name, directory)], {
    env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return daemon;
}

function daemonArguments(name: string, directory: string): string[] {
  return Object.entries({
    host: `unix://${join(directory, 'docker.sock')}`,
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    'containerd-namespace': name,
    'containerd-plugins-namespace': `${name}-plugins`,
  }).map(([option, value]) => `--${option}=${value}`);
}

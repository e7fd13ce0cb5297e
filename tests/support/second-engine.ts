import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Docker from 'dockerode';
import { eventually } from './eventually.js';
import { ROOT } from './process.js';

interface Bridges {
  createBridge(name: string): Promise<void>;
  removeBridge(name: string): Promise<void>;
}

/** One more Docker engine on this machine, empty. It has a bridge of its own, and leaves the machine's firewall alone. */
export class SecondEngine implements AsyncDisposable {
  readonly dockerHost: string;
  readonly docker: Docker;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #bridge: string;

  private constructor(directory: string, bridge: string, child: ChildProcess) {
    const socketPath = join(directory, 'docker.sock');
    this.dockerHost = `unix://${socketPath}`;
    this.docker = new Docker({ socketPath, host: undefined });
    this.#directory = directory;
    this.#bridge = bridge;
    this.#child = child;
  }

  static async start(): Promise<SecondEngine> {
    const directory = await mkdtemp(join(tmpdir(), 'gantry-engine-'));
    const bridge = `gantry-t${randomBytes(3).toString('hex')}`;
    // An engine without a bridge removes docker0, which may be another engine's.
    await (await bridges()).createBridge(bridge);
    const log = join(directory, 'log');
    const output = openSync(log, 'w');
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` };
    const child = spawn('dockerd', engineArguments(directory, bridge), { env, stdio: ['ignore', output, output] });
    const engine = new SecondEngine(directory, bridge, child);
    try {
      await eventually(async () => {
        if (child.exitCode !== null) throw new Error('dockerd has ended');
        await engine.docker.ping();
      }, 60_000);
    } catch (error) {
      const tail = readFileSync(log, 'utf8').slice(-2000);
      await engine[Symbol.asyncDispose]();
      throw new Error(`The second engine did not start: ${tail}`, { cause: error });
    }
    return engine;
  }

  /** Copies an image from another engine. */
  async load(from: Docker, reference: string): Promise<void> {
    const archive = await from.getImage(reference).get();
    const progress = await this.docker.loadImage(archive);
    await new Promise((resolve, reject) => progress.on('end', resolve).on('error', reject).resume());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exited;
    }
    await (await bridges()).removeBridge(this.#bridge);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function engineArguments(directory: string, bridge: string): string[] {
  const places = {
    host: `unix://${join(directory, 'docker.sock')}`,
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    bridge,
    'containerd-namespace': bridge,
    'containerd-plugins-namespace': `${bridge}-plugins`,
  };
  const given = Object.entries(places).map(([name, value]) => `--${name}=${value}`);
  return [...given, '--iptables=false', '--ip-masq=false', '--ip-forward=false'];
}

async function bridges(): Promise<Bridges> {
  return (await import(pathToFileURL(join(ROOT, 'scripts/lib/engine-bridge.mjs')).href)) as Bridges;
}

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { eventually } from './eventually.js';
import { ROOT } from './process.js';
import { SmallDisk } from './small-disk.js';

const run = promisify(execFile);

interface Bridges {
  createBridge(name: string): Promise<void>;
  removeBridge(name: string): Promise<void>;
}

/** One more Docker engine on this machine, empty. It has a bridge of its own, and leaves the machine's firewall alone. */
export class SecondEngine implements AsyncDisposable {
  readonly dockerHost: string;
  readonly docker: Docker;
  readonly #directory: string;
  readonly #bridge: string;
  readonly #netns: string | null;
  #child: ChildProcess | null = null;
  /** What it keeps its data on, when that is to be filled up. */
  disk: SmallDisk | null = null;

  private constructor(directory: string, bridge: string, netns: string | null) {
    const socketPath = join(directory, 'docker.sock');
    this.dockerHost = `unix://${socketPath}`;
    this.docker = new Docker({ socketPath, host: undefined });
    this.#directory = directory;
    this.#bridge = bridge;
    this.#netns = netns;
  }

  /**
   * @param netns name of a network namespace that it shall live in, with a bridge of its own there
   * @param diskBytes size of a disk of its own; left out: it shares the machine's
   */
  static async start(netns: string | null = null, diskBytes?: number): Promise<SecondEngine> {
    const directory = await mkdtemp(join(tmpdir(), 'gantry-engine-'));
    const bridge = `gantry-t${randomBytes(3).toString('hex')}`;
    // An engine without a bridge removes docker0, which may be another engine's.
    if (netns === null) await (await bridges()).createBridge(bridge);
    const engine = new SecondEngine(directory, bridge, netns);
    try {
      if (diskBytes !== undefined) engine.disk = await SmallDisk.mount(engine.dataDirectory, diskBytes);
      await engine.restart();
    } catch (error) {
      const tail = (await readFile(join(directory, 'log'), 'utf8').catch(() => String(error))).slice(-2000);
      await engine[Symbol.asyncDispose]();
      throw new Error(`The second engine did not start: ${tail}`, { cause: error });
    }
    return engine;
  }

  /** Of the daemon. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Where it keeps images and containers. */
  get dataDirectory(): string {
    return join(this.#directory, 'data');
  }

  /** The daemon again, on the same data. Resolves when it answers. */
  async restart(): Promise<void> {
    const output = openSync(join(this.#directory, 'log'), 'a');
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` };
    const [program = '', ...args] = [
      ...inNetwork(this.#netns),
      'dockerd',
      ...engineArguments(this.#directory, this.#bridge, this.#netns),
    ];
    const start = (): ChildProcess => spawn(program, args, { env, stdio: ['ignore', output, output] });
    try {
      this.#child = start();
      await eventually(
        async () => {
          // As a supervisor does it: what a killed daemon has left is in the way of the next one for a while.
          if (this.#child?.exitCode !== null) this.#child = start();
          await this.docker.ping();
        },
        90_000,
        500,
      );
    } finally {
      closeSync(output);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Copies an image from another engine. */
  async load(from: Docker, reference: string): Promise<void> {
    const archive = await from.getImage(reference).get();
    const progress = await this.docker.loadImage(archive);
    await new Promise((resolve, reject) => progress.on('end', resolve).on('error', reject).resume());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#removeRemains();
    await this.disk?.[Symbol.asyncDispose]();
    if (this.#netns === null) await (await bridges()).removeBridge(this.#bridge);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** What a daemon that was killed cannot clean up: its containers' shims, and the mount of its data on itself. */
  async #removeRemains(): Promise<void> {
    for (const pid of await processesNaming(this.#directory)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    // The innermost first.
    for (const mount of mounts.filter((path) => path.startsWith(this.#directory)).reverse())
      await run('umount', ['--lazy', mount]).catch(() => undefined);
  }
}

/** What a command is prefixed with to run in a network namespace; its mounts stay ours, unlike with `ip netns exec`. */
export function inNetwork(netns: string | null): string[] {
  return netns === null ? [] : ['nsenter', `--net=/run/netns/${netns}`, '--'];
}

/** Ids of processes whose command line names this, which is a random name of ours. */
async function processesNaming(name: string): Promise<number[]> {
  const all = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const named = await Promise.all(
    all.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.includes(name) ? [pid] : [];
    }),
  );
  return named.flat();
}

function engineArguments(directory: string, bridge: string, netns: string | null): string[] {
  const places = {
    host: `unix://${join(directory, 'docker.sock')}`,
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    ...(netns === null ? { bridge } : {}),
    'containerd-namespace': bridge,
    'containerd-plugins-namespace': `${bridge}-plugins`,
  };
  const given = Object.entries(places).map(([name, value]) => `--${name}=${value}`);
  return [...given, '--iptables=false', '--ip-masq=false', '--ip-forward=false'];
}

async function bridges(): Promise<Bridges> {
  return (await import(pathToFileURL(join(ROOT, 'scripts/lib/engine-bridge.mjs')).href)) as Bridges;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';

export type RedisSettings = Record<string, string>;

/** As every shipped configuration sets them. */
const SAFE: RedisSettings = {
  bind: '127.0.0.1',
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  save: '',
};

/** `disconnectTimeout`: so long the driver keeps the process alive for a connection that was never made. */
const ONE_CALL = { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false, disconnectTimeout: 100 };

/** A Redis (or a Sentinel) of a test's own. It keeps port and data over restarts. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly directory: string;
  readonly #mode: string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, directory: string, mode: string[]) {
    this.port = port;
    this.directory = directory;
    this.#mode = mode;
  }

  /** @param parent a directory for its own one */
  static async start(parent: string, settings: RedisSettings = {}): Promise<RedisServer> {
    return RedisServer.#open(parent, (directory) => ({ ...SAFE, dir: directory, ...settings }), []);
  }

  /** @param settings several words may follow a name, as in its configuration file */
  static async startSentinel(parent: string, settings: readonly string[]): Promise<RedisServer> {
    const lines = settings.map((line) => `sentinel ${line}`);
    return RedisServer.#open(parent, (directory) => ({ bind: '127.0.0.1', dir: directory }), ['--sentinel'], lines);
  }

  static async #open(
    parent: string,
    settings: (directory: string) => RedisSettings,
    mode: string[],
    lines: readonly string[] = [],
  ): Promise<RedisServer> {
    const port = await freePort();
    const directory = path.join(parent, `redis-${port}`);
    await mkdir(directory, { recursive: true });
    const all = Object.entries({ port: String(port), ...settings(directory) });
    const text = [...all.map(([name, value]) => `${name} ${value === '' ? '""' : value}`), ...lines];
    await writeFile(path.join(directory, 'redis.conf'), `${text.join('\n')}\n`);
    const server = new RedisServer(port, directory, mode);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const log = path.join(this.directory, 'redis.log');
    const args = [path.join(this.directory, 'redis.conf'), ...this.#mode, '--logfile', log];
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    this.#child = child;
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    try {
      await Promise.race([eventually(() => this.call('PING'), 20_000, 20), failed]);
    } catch (error) {
      await this.kill();
      throw new Error(`redis-server did not start:\n${await readFile(log, 'utf8').catch(() => '')}`, { cause: error });
    }
  }

  /** One command, on a connection of its own. */
  async call(command: string, ...args: string[]): Promise<unknown> {
    const redis = new Redis(this.url, ONE_CALL);
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await redis.call(command, ...args);
    } finally {
      redis.disconnect();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** One that leaves room for the port of a Cluster's bus, 10 000 higher, and is not in the range that clients get theirs from. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

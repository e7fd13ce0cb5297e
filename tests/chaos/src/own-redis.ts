import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';

const REWRITTEN_MS = 20_000;
/** It reads its data before it answers. */
const START_MS = 90_000;

/** A Redis of the run's own, set up as every shipped configuration is; it keeps its port and data over restarts. */
export class OwnRedis implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #directory: string;
  #child: ChildProcess | null = null;
  /** How often it was started. */
  lives = 0;

  private constructor(port: number, directory: string) {
    this.#port = port;
    this.#directory = directory;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(directory: string): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), directory);
    await redis.start();
    return redis;
  }

  async start(): Promise<void> {
    const settings = {
      port: String(this.#port),
      bind: '127.0.0.1',
      dir: this.#directory,
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      save: '',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    this.#child = child;
    this.lives++;
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    await Promise.race([eventually(() => this.use((redis) => redis.ping()), START_MS, 20), failed]);
  }

  async kill(): Promise<void> {
    await this.#stop('SIGKILL');
  }

  /** For a question or an order of the run's own, past all proxies. */
  async use<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** Writes its append-only file anew, from what it has in memory. */
  async rewriteLog(): Promise<void> {
    await this.use(async (redis) => {
      await eventually(() => redis.bgrewriteaof(), REWRITTEN_MS);
      await eventually(async () => expectRewritten(await redis.info('persistence')), REWRITTEN_MS);
    });
  }

  async usedBytes(): Promise<number> {
    const info = await this.use((redis) => redis.info('memory'));
    return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop('SIGTERM');
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

function expectRewritten(info: string): void {
  const wanted = ['aof_rewrite_in_progress:0', 'aof_rewrite_scheduled:0', 'aof_last_bgrewrite_status:ok'];
  const missing = wanted.find((line) => !info.includes(line));
  if (missing !== undefined) throw new Error(`The append-only file is not rewritten: ${missing} is not there`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.js';
import { RedisServer } from './redis-server.js';

const NAME = 'gantry-master';
const QUORUM = 2;

/** A master, two replicas, and three Sentinels that notice within a second. */
export class RedisSentinels implements AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  readonly #directory: string;

  private constructor(directory: string, servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.#directory = directory;
    this.servers = servers;
    this.sentinels = sentinels;
  }

  static async start(): Promise<RedisSentinels> {
    const directory = await mkdtemp(path.join(tmpdir(), 'gantry-sentinel-'));
    const settings = { 'repl-diskless-sync-delay': '0' };
    const master = await RedisServer.start(directory, settings);
    const replicated = { ...settings, replicaof: `127.0.0.1 ${master.port}` };
    const replicas = await Promise.all([0, 1].map(() => RedisServer.start(directory, replicated)));
    await Promise.all(replicas.map(inStep));
    const sentinels = await Promise.all(
      [0, 1, 2].map(() =>
        RedisServer.startSentinel(directory, [
          `monitor ${NAME} 127.0.0.1 ${master.port} ${QUORUM}`,
          `down-after-milliseconds ${NAME} 1000`,
          `failover-timeout ${NAME} 4000`,
        ]),
      ),
    );
    const redis = new RedisSentinels(directory, [master, ...replicas], sentinels);
    await redis.#agreed();
    return redis;
  }

  get url(): string {
    return `redis+sentinel://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`;
  }

  async master(): Promise<RedisServer> {
    const asked = this.sentinels[0] as RedisServer;
    const [, port] = (await asked.call('SENTINEL', 'get-master-addr-by-name', NAME)) as [string, string];
    return this.servers.find((server) => server.port === Number(port)) as RedisServer;
  }

  /** What is acknowledged by now is on the replicas that the master has, too, when this resolves. */
  async inStep(): Promise<void> {
    const master = await this.master();
    await eventually(async () => {
      const info = String(await master.call('INFO', 'replication'));
      const written = /master_repl_offset:(\d+)/.exec(info)?.[1];
      const got = [...info.matchAll(/^slave\d:.*offset=(\d+)/gm)].map((match) => Number(match[1]));
      if (got.length === 0 || Math.min(...got) < Number(written) - 500) throw new Error(`not in step: ${info}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.kill()));
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #agreed(): Promise<void> {
    await eventually(async () => {
      for (const sentinel of this.sentinels) {
        const facts = (await sentinel.call('SENTINEL', 'master', NAME)) as string[] | Record<string, string>;
        const fact = (name: string): string | undefined =>
          Array.isArray(facts) ? facts[facts.indexOf(name) + 1] : facts[name];
        if (fact('num-slaves') !== '2' || fact('num-other-sentinels') !== '2')
          throw new Error('they do not know each other');
      }
    }, 20_000);
  }
}

async function inStep(replica: RedisServer): Promise<void> {
  await eventually(async () => {
    if (!/master_link_status:up/.test(String(await replica.call('INFO', 'replication'))))
      throw new Error('not in step');
  }, 20_000);
}

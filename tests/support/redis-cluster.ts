import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.js';
import { RedisServer, type RedisSettings } from './redis-server.js';

const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1000;

/** A Redis Cluster of three masters, each with a third of the slots. */
export class RedisCluster implements AsyncDisposable {
  readonly masters: readonly RedisServer[];
  readonly #replicas: RedisServer[] = [];
  readonly #directory: string;

  private constructor(directory: string, masters: readonly RedisServer[]) {
    this.#directory = directory;
    this.masters = masters;
  }

  static async start(): Promise<RedisCluster> {
    const directory = await mkdtemp(path.join(tmpdir(), 'gantry-cluster-'));
    const masters = await Promise.all([0, 1, 2].map(() => RedisServer.start(directory, settings())));
    const cluster = new RedisCluster(directory, masters);
    const share = Math.ceil(SLOTS / masters.length);
    await Promise.all(
      masters.map(async (master, i) => {
        await master.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
        const last = Math.min(SLOTS, (i + 1) * share) - 1;
        await master.call('CLUSTER', 'ADDSLOTSRANGE', String(i * share), String(last));
      }),
    );
    for (const other of masters.slice(1)) await cluster.#introduce(other);
    await cluster.#agreed();
    return cluster;
  }

  get url(): string {
    return `redis+cluster://${this.masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  }

  /** The master that has the deployment's keys. */
  async ownerOf(deployment: string): Promise<RedisServer> {
    const { slot, owner } = await this.#owner(deployment);
    const found = [...this.masters, ...this.#replicas].find(({ port }) => port === owner);
    if (!found) throw new Error(`nobody has slot ${slot}`);
    return found;
  }

  async addReplica(master: RedisServer): Promise<RedisServer> {
    const replica = await RedisServer.start(this.#directory, settings());
    this.#replicas.push(replica);
    await this.#introduce(replica);
    await eventually(async () => replica.call('CLUSTER', 'REPLICATE', await idOf(master)));
    await eventually(async () => {
      if (!/master_link_status:up/.test(String(await replica.call('INFO', 'replication'))))
        throw new Error('not in step');
    }, 20_000);
    await this.#agreed();
    return replica;
  }

  /** Moves the deployment's slot, with all that is in it, to another master; `during` runs while its keys are on both. */
  async moveSlot(deployment: string, during: () => Promise<void>): Promise<void> {
    const from = await this.ownerOf(deployment);
    const to = this.masters.find((master) => master !== from) as RedisServer;
    const slot = String((await this.#owner(deployment)).slot);
    await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
    await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to));
    const move = async (count: number): Promise<number> => {
      const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, String(count))) as string[];
      if (keys.length > 0) await from.call('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
      return keys.length;
    };
    await move(3);
    await during();
    while ((await move(100)) > 0);
    for (const master of [to, from]) await master.call('CLUSTER', 'SETSLOT', slot, 'NODE', await idOf(to));
    await eventually(async () => {
      if ((await this.ownerOf(deployment)) !== to) throw new Error('not moved');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.masters, ...this.#replicas].map((server) => server.kill()));
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #owner(deployment: string): Promise<{ slot: number; owner: number | undefined }> {
    for (const master of this.masters) {
      try {
        const slot = Number(await master.call('CLUSTER', 'KEYSLOT', `{${deployment}}`));
        const ranges = (await master.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
        return { slot, owner: ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1] };
      } catch {
        continue; // That one is dead just now.
      }
    }
    throw new Error('no node answers');
  }

  async #introduce(other: RedisServer): Promise<void> {
    await this.masters[0]?.call('CLUSTER', 'MEET', '127.0.0.1', String(other.port));
  }

  async #agreed(): Promise<void> {
    const all = [...this.masters, ...this.#replicas];
    await eventually(async () => {
      for (const server of all) {
        const info = String(await server.call('CLUSTER', 'INFO'));
        if (!info.includes('cluster_state:ok') || !info.includes(`cluster_known_nodes:${all.length}\r`))
          throw new Error(info);
      }
    }, 20_000);
  }
}

const idOf = async (server: RedisServer): Promise<string> => String(await server.call('CLUSTER', 'MYID'));

function settings(): RedisSettings {
  return {
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
    'cluster-announce-ip': '127.0.0.1',
    'repl-diskless-sync-delay': '0',
  };
}

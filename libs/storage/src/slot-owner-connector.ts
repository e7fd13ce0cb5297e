import { createConnection, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { messageOf, type RedisNode } from '@gantry/contracts';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';

type ErrorEmitter = (type: string, error: Error) => void;
type Connection = ReturnType<AbstractConnector['connect']>;
/** As `CLUSTER SLOTS` tells a range: its master comes first. */
type Range = [from: number, to: number, ...nodes: [host: string | null, port: number, ...facts: unknown[]][]];

export interface ClusterTarget {
  nodes: readonly RedisNode[];
  /** One name of a key: its slot is that of all keys of the deployment. */
  key: string;
  /** For the short connections on which is asked who owns the slot. */
  options: Omit<RedisOptions, 'replyMapping'>;
}

const ASKED_WITHIN_MS = 1000;
const LEFT_WITHIN_MS = 100;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Connects to the master of a Redis Cluster that owns one slot, asking anew who that is for every connection. As all keys of a deployment
 * carry one hash tag, this is all of the Cluster that a deployment uses, and everything that holds for one server holds for it: blocking
 * commands, publishing, the server's time, and what a connection does while nobody answers.
 *
 * It does not follow ASK, on purpose. While a slot moves from one node to another, its keys are on both; a script that finds the half of
 * them and writes the other half anew would split the data. Until the move is over, its callers are told that Redis cannot answer.
 */
export function slotOwnerConnector(target: ClusterTarget): new (options: unknown) => AbstractConnector {
  return class SlotOwnerConnector extends AbstractConnector {
    readonly #tls: ConnectionOptions | undefined;
    readonly #known: RedisNode[] = [...target.nodes];

    constructor(options: unknown) {
      const { disconnectTimeout, tls } = options as RedisOptions;
      super(disconnectTimeout ?? 2000);
      this.#tls = tls;
    }

    /** Of the server's INFO: one that has been demoted since is left again. */
    override check(info: { role?: string }): boolean {
      return info.role !== 'slave';
    }

    /** Rejects only when the connection is not wanted any more: the driver would not try again. */
    override async connect(emit: ErrorEmitter): Connection {
      this.connecting = true;
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        try {
          const owner = await this.#owner();
          if (!this.connecting) break;
          const stream = this.#tls
            ? connectTls({ ...named(owner.host), ...owner, ...this.#tls })
            : createConnection(owner);
          stream.once('error', (error) => (this.firstError = error));
          return (this.stream = stream);
        } catch (error) {
          if (!this.connecting) break;
          emit('error', error as Error);
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        if (!this.connecting) break;
      }
      throw new Error('Connection is closed.');
    }

    async #owner(): Promise<RedisNode> {
      let last: unknown;
      for (const node of [...this.#known]) {
        // The next time another one is asked first: one that is cut off from the others believes what was true before.
        this.#known.push(...this.#known.splice(this.#known.indexOf(node), 1));
        try {
          const { owner, nodes } = await askOwner(node, target);
          for (const found of nodes) if (!this.#known.some((known) => isSame(known, found))) this.#known.push(found);
          return owner;
        } catch (error) {
          last = error;
        }
      }
      throw new Error(`No node of the Redis Cluster tells who has the data: ${messageOf(last)}`);
    }
  };
}

async function askOwner(
  node: RedisNode,
  { key, options }: ClusterTarget,
): Promise<{ owner: RedisNode; nodes: RedisNode[] }> {
  const redis = new Redis({
    ...options,
    ...node,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    connectTimeout: ASKED_WITHIN_MS,
    commandTimeout: ASKED_WITHIN_MS,
    // What is still open when we go has nothing to tell; the driver would hold the process for it, also where nothing was open.
    disconnectTimeout: LEFT_WITHIN_MS,
  });
  let problem: Error | null = null;
  redis.on('error', (error: Error) => (problem ??= error));
  try {
    await redis.connect();
    const [slot, ranges] = await Promise.all([redis.cluster('KEYSLOT', key), redis.cluster('SLOTS')]);
    return ownerOf(slot, ranges, node);
  } catch (error) {
    throw problem ?? error;
  } finally {
    redis.disconnect();
  }
}

/** @param asked the node that answered: one without an address of its own is reached where it was asked */
export function ownerOf(
  slot: number,
  ranges: readonly Range[],
  asked: RedisNode,
): { owner: RedisNode; nodes: RedisNode[] } {
  const address = ([host, port]: [string | null, number, ...unknown[]]): RedisNode => ({
    host: host === null || host === '' || host === '?' ? asked.host : host,
    port,
  });
  const range = ranges.find(([from, to]) => from <= slot && slot <= to);
  const master = range?.[2];
  if (!master) throw new Error('nobody has it; is the Cluster complete?');
  const nodes = ranges.flatMap(([, , ...members]) => members.map(address));
  return { owner: address(master), nodes };
}

function isSame(one: RedisNode, other: RedisNode): boolean {
  return one.host === other.host && one.port === other.port;
}

/** Certificates are for names: an address is none that TLS may send. */
function named(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

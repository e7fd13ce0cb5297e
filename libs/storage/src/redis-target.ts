import { parseRedisUrl, type RedisAddress } from '@gantry/contracts';
import type { RedisOptions } from 'ioredis';
import { keysFor } from './keys.js';
import { slotOwnerConnector } from './slot-owner-connector.js';

export type DriverOptions = Omit<RedisOptions, 'replyMapping'>;

/** Who is asked for the master answers at once, or another one is asked. */
const ASKED_WITHIN_MS = 1000;

/**
 * How the driver reaches the server that has a deployment's data: the only one, the master that Sentinels name, or the master of its slot
 * in a Cluster. The last two are asked for anew by every connection.
 */
export function redisTarget(url: string, deployment: string, ca?: string): DriverOptions {
  const parsed = parseRedisUrl(url);
  if ('fault' in parsed) throw new Error(`The address of Redis ${parsed.fault}`);
  const { address } = parsed;
  const shared = { ...credentials(address), ...(address.tls ? { tls: ca === undefined ? {} : { ca } } : {}) };
  switch (address.kind) {
    case 'single':
      return { ...shared, ...address.nodes[0], db: address.db };
    case 'sentinel':
      return { ...shared, ...sentinels(address, shared.tls), db: address.db };
    case 'cluster': {
      const target = { nodes: address.nodes, key: keysFor(deployment).prefix, options: shared };
      return { ...shared, Connector: slotOwnerConnector(target) };
    }
  }
}

function credentials({ username, password }: Pick<RedisAddress, 'username' | 'password'>): DriverOptions {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}

function sentinels({ nodes, sentinel }: RedisAddress, tls: DriverOptions['tls']): DriverOptions {
  if (sentinel === null) return {};
  return {
    sentinels: nodes.map((node) => ({ ...node })),
    name: sentinel.master,
    role: 'master',
    ...(sentinel.username === null ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel.password === null ? {} : { sentinelPassword: sentinel.password }),
    ...(tls ? { tls, sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: ASKED_WITHIN_MS,
    sentinelRetryStrategy: (attempt) => Math.min(50 * attempt, 500),
  };
}

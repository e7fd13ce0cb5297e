import {
  KeyRing,
  RateGate,
  type Clock,
  type KeyStore,
  type Logger,
  type TenantStorage,
  type UsageStore,
} from '@gantry/core';
import type { ClosingStack } from '@gantry/service';
import {
  RedisKeyStore,
  RedisRateLimiter,
  RedisTenantStorage,
  RedisUsageStore,
  type ChannelSubscriber,
  type Redis,
} from '@gantry/storage';
import type { GatewayConfig } from '../config.js';
import { Authenticator } from './authenticator.js';
import { defaultLimits } from './default-limits.js';

export interface KeyParts {
  authenticator: Authenticator;
  keyStore: KeyStore;
  /** There are administrators that are not stored. */
  adminElsewhere: boolean;
  rateGate: RateGate;
  usage: UsageStore;
  storage: TenantStorage;
}

/** Who may ask, how much, and what they used. */
export async function openKeys(
  config: GatewayConfig,
  deps: { redis: Redis; subscriber: ChannelSubscriber; clock: Clock; logger: Logger },
  stack: ClosingStack,
): Promise<KeyParts> {
  const { redis, subscriber, clock, logger } = deps;
  const where = { redis, deployment: config.DEPLOYMENT };
  const keyStore = new RedisKeyStore({ ...where, subscriber });
  const ring = new KeyRing({ store: keyStore, clock, logger });
  const changes = await keyStore.onChange((digest) => ring.forget(digest));
  stack.defer('key changes', async () => changes[Symbol.asyncDispose]());
  return {
    authenticator: new Authenticator({ config, ring, defaults: defaultLimits(config) }),
    keyStore,
    adminElsewhere: config.ADMIN_KEYS.length > 0,
    rateGate: new RateGate(new RedisRateLimiter(where), clock),
    usage: new RedisUsageStore(where),
    storage: new RedisTenantStorage(where),
  };
}

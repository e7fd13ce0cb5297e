import type { ResultCache } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor, type Keys } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';

/** ARGV: tenant key. The id, if that execution has completed and is still there. */
const FIND = `
local id = redis.call('GET', KEYS[1] .. ':cache:' .. ARGV[1] .. ':' .. ARGV[2])
if id and redis.call('HGET', KEYS[1] .. ':x:' .. id, 'status') == 'completed' then return id end
return false
`;

/** An entry lives as long as a result does from its end on, which comes right after; so it never outlives it. */
export class RedisResultCache implements ResultCache {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #retentionMs: number;

  constructor(options: { redis: Redis; deployment: string; retentionMs: number }) {
    this.#redis = options.redis;
    this.#keys = keysFor(options.deployment);
    this.#retentionMs = options.retentionMs;
  }

  async find(tenant: string, key: string): Promise<string | null> {
    return (await answered(runScript(this.#redis, FIND, this.#keys.prefix, [tenant, key]))) as string | null;
  }

  async remember(tenant: string, key: string, executionId: string): Promise<void> {
    const name = `${this.#keys.prefix}:cache:${tenant}:${key}`;
    await answered(this.#redis.set(name, executionId, 'PX', this.#retentionMs));
  }
}

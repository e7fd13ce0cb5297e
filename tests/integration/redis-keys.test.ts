import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RedisKeyStore } from '@gantry/storage';
import { eventually } from '../support/eventually.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

let redis: RedisExecutions;
let keys: RedisKeyStore;
beforeEach(async () => {
  redis = await openRedisExecutions();
  keys = new RedisKeyStore(redis);
});
afterEach(async () => redis[Symbol.asyncDispose]());

const create = (id: string, name: string, expiresInMs: number | null): Promise<unknown> =>
  keys.create(
    { id, name, tenant: 't', role: 'user', limits: {} },
    { digest: `digest of ${id}`, expiresInMs, adminElsewhere: true },
  );

test('nothing is left of keys that ended long ago, and the names that others have now stay theirs', async () => {
  const prefix = `{${redis.deployment}}`;
  await create('k1', 'left', 1);
  await create('k2', 'taken over', 1);
  await eventually(async () => expect(await create('k3', 'taken over', null)).toBe('created'));
  // As if that had been more than the thirty days ago.
  await redis.redis.zadd(`${prefix}:key-ends`, 1, 'k1', 1, 'k2');
  await create('k4', 'new', null);
  expect(await redis.redis.hgetall(`${prefix}:key-names`)).toEqual({ 'taken over': 'k3', new: 'k4' });
  expect(Object.keys(await redis.redis.hgetall(`${prefix}:key-ids`)).sort()).toEqual(['k3', 'k4']);
});

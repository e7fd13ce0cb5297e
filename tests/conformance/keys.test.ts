import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyDigest, newApiKey, type KeyStore, type RateLimiter, type TenantStorage } from '@gantry/core';
import { MemoryKeyStore, MemoryRateLimiter, MemoryTenantStorage } from '@gantry/core/fakes';
import { RedisKeyStore, RedisRateLimiter, RedisTenantStorage } from '@gantry/storage';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { openRedisExecutions } from '../support/redis-executions.js';

interface Open extends AsyncDisposable {
  keys: KeyStore;
  rates: RateLimiter;
  rooms: TenantStorage;
}

const systemClock = { now: () => Date.now(), monotonic: () => performance.now() };

function openMemory(): Promise<Open> {
  return Promise.resolve({
    keys: new MemoryKeyStore(systemClock),
    rates: new MemoryRateLimiter(systemClock),
    rooms: new MemoryTenantStorage(systemClock),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

async function openRedis(): Promise<Open> {
  const { redis, subscriber, deployment, [Symbol.asyncDispose]: close } = await openRedisExecutions();
  return {
    keys: new RedisKeyStore({ redis, subscriber, deployment }),
    rates: new RedisRateLimiter({ redis, deployment }),
    rooms: new RedisTenantStorage({ redis, deployment }),
    [Symbol.asyncDispose]: close,
  };
}

let made = 0;
const order = (overrides: object = {}): Parameters<KeyStore['create']>[0] => ({
  id: `key_${String(++made).padStart(4, '0')}`,
  name: `name ${made}`,
  tenant: 'acme',
  role: 'user',
  limits: { requestsPerSecond: 2.5, maxQueued: null },
  ...overrides,
});
const options = (overrides: object = {}): Parameters<KeyStore['create']>[1] => ({
  digest: keyDigest(newApiKey()),
  expiresInMs: null,
  adminElsewhere: true,
  ...overrides,
});

describe.each(
  backends<[string, () => Promise<Open>]>([
    ['in memory', openMemory],
    ['in Redis', openRedis],
  ]),
)('keys %s', (_name, open) => {
  let opened: Open;
  let keys: KeyStore;
  beforeEach(async () => {
    opened = await open();
    ({ keys } = opened);
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
  });

  test('are found by their digest and told by id and name, with all that was said of them', async () => {
    const name = 'a "b" \\ ,"revokedAt":7} ü 🔑';
    const [key, how] = [order({ name }), options()];
    expect(await keys.inUse()).toBe(false);
    expect(await keys.create(key, how)).toBe('created');
    expect(await keys.inUse()).toBe(true);
    expect(await keys.find(how.digest)).toEqual({
      key: { ...key, createdAt: expect.any(Number), expiresAt: null, revokedAt: null },
      leftMs: null,
    });
    expect(await keys.get(key.id)).toMatchObject({ ...key, lastUsedAt: null });
    expect(await keys.get(name)).toMatchObject({ id: key.id });
    expect(await keys.get('another')).toBeNull();
    expect(await keys.find(keyDigest('another'))).toBeNull();
  });

  test('are not found any more once revoked, and stay listed, newest first', async () => {
    const [first, second] = [order(), order()];
    const how = options();
    await keys.create(first, how);
    await keys.create(second, options());
    expect(await keys.revoke(first.id, true)).toBe('revoked');
    expect(await keys.revoke(first.id, true)).toBe('revoked');
    expect(await keys.revoke('key_none', true)).toBe('unknown');
    expect(await keys.find(how.digest)).toBeNull();
    expect((await keys.list()).map(({ id, revokedAt }) => [id, revokedAt === null])).toEqual([
      [second.id, true],
      [first.id, false],
    ]);
    expect(await keys.inUse()).toBe(true);
    expect(await keys.change(first.id, () => ({}))).toBe(false);
  });

  test('end at their time', async () => {
    const [key, how] = [order(), options({ expiresInMs: 120 })];
    await keys.create(key, how);
    const found = await keys.find(how.digest);
    expect(found?.leftMs).toBeGreaterThan(0);
    expect(found?.leftMs).toBeLessThanOrEqual(120);
    await eventually(async () => expect(await keys.find(how.digest)).toBeNull());
    // The name is free again.
    expect(await keys.create(order({ name: key.name }), options())).toBe('created');
  });

  test('have names of their own while they are in force; of many at once one gets it', async () => {
    const key = order();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => keys.create(order({ name: key.name }), options())),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(19);
    const [taken] = await keys.list();
    await keys.revoke(taken?.id ?? '', true);
    expect(await keys.create(order({ name: key.name }), options())).toBe('created');
  });

  test('cannot shut everybody out: there is an administrator first, and last', async () => {
    const alone = options({ adminElsewhere: false });
    expect(await keys.create(order(), alone)).toBe('admin_needed');
    const [ops, more] = [order({ role: 'admin' }), order({ role: 'admin' })];
    expect(await keys.create(ops, alone)).toBe('created');
    expect(await keys.create(order(), options({ adminElsewhere: false }))).toBe('created');
    expect(await keys.revoke(ops.id, false)).toBe('admin_needed');
    expect(await keys.create(more, options({ adminElsewhere: false }))).toBe('created');
    expect(await keys.revoke(ops.id, false)).toBe('revoked');
    expect(await keys.revoke(more.id, false)).toBe('admin_needed');
    expect(await keys.revoke(more.id, true)).toBe('revoked');
  });

  test('change their limits without losing a change that comes at the same time', async () => {
    const [key, how] = [order({ limits: { maxRunning: 0 } }), options()];
    await keys.create(key, how);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        keys.change(key.id, (limits) => ({ ...limits, maxRunning: (limits.maxRunning ?? 0) + 1 })),
      ),
    );
    expect((await keys.find(how.digest))?.key.limits).toEqual({ maxRunning: 20 });
    await keys.change(key.id, () => ({}));
    expect((await keys.find(how.digest))?.key).toMatchObject({ limits: {}, name: key.name, revokedAt: null });
  });

  test('announce every change by their digest', async () => {
    const heard: (string | null)[] = [];
    await using _listening = await keys.onChange((digest) => heard.push(digest));
    const [key, how] = [order(), options()];
    await keys.create(key, how);
    await keys.change(key.id, () => ({}));
    await keys.revoke(key.id, true);
    await eventually(() => {
      expect(heard).toEqual([how.digest, how.digest, how.digest]);
    });
  });

  test('remember to the hour that they were used', async () => {
    const key = order();
    await keys.create(key, options());
    await keys.touch(key.id);
    await keys.touch('key_none');
    const { lastUsedAt } = (await keys.get(key.id)) ?? {};
    expect(Number(lastUsedAt) % 3_600_000).toBe(0);
    expect(Date.now() - Number(lastUsedAt)).toBeLessThan(2 * 3_600_000);
    expect((await keys.list()).map(({ id }) => id)).toEqual([key.id]);
  });

  test('requests come at once up to the burst, then at the rate, however many ask at a time', async () => {
    const rate = { perSecond: 20, burst: 5 };
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => opened.rates.take('b', rate)));
    const allowed = verdicts.filter((verdict) => verdict.allowed);
    expect(allowed.length).toBeGreaterThanOrEqual(5);
    expect(allowed.length).toBeLessThanOrEqual(7);
    const refused = verdicts.find((verdict) => !verdict.allowed);
    expect(refused).toMatchObject({ remaining: 0 });
    expect(refused?.retryMs).toBeGreaterThan(0);
    expect(refused?.retryMs).toBeLessThanOrEqual(50);
    expect(await opened.rates.take('another', rate)).toMatchObject({ allowed: true, remaining: 4 });
    await eventually(async () => expect(await opened.rates.take('b', rate)).toMatchObject({ allowed: true }));
  });

  test('room is counted per tenant and per entry, up to the cap, until its end', async () => {
    const { rooms } = opened;
    const until = Date.now() + 60_000;
    const hold = (entry: string, bytes: number, cap: number | null = 100): ReturnType<TenantStorage['hold']> =>
      rooms.hold({ tenant: 'acme', entry, bytes, until, cap });
    expect(await hold('a', 60)).toEqual({ held: true, current: 60 });
    expect(await hold('a', 60)).toEqual({ held: true, current: 60 });
    expect(await hold('b', 41)).toEqual({ held: false, current: 60 });
    expect(await hold('b', 40)).toEqual({ held: true, current: 100 });
    expect(await hold('a', 61)).toEqual({ held: false, current: 100 });
    // Above a cap that was lowered nothing grows; what shrinks may.
    expect(await hold('a', 50, 10)).toEqual({ held: true, current: 90 });
    expect(await hold('c', 1000, null)).toEqual({ held: true, current: 1090 });
    expect(await rooms.hold({ tenant: 'other', entry: 'a', bytes: 100, until, cap: 100 })).toMatchObject({
      held: true,
    });
    await rooms.release('acme', 'c');
    await rooms.release('acme', 'c');
    await rooms.release('acme', 'none');
    expect(await hold('d', 10)).toEqual({ held: true, current: 100 });
    await rooms.hold({ tenant: 'acme', entry: 'd', bytes: 10, until: Date.now() + 50, cap: 100 });
    await eventually(async () => expect(await hold('e', 10)).toEqual({ held: true, current: 100 }));
  });
});

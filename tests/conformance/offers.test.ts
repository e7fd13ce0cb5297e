import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttemptStore, ExecutionStore, NewExecution, TenantStorage } from '@gantry/core';
import { MemoryExecutions, MemoryTenantStorage } from '@gantry/core/fakes';
import { RedisTenantStorage, RedisUsageStore } from '@gantry/storage';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions } from '../support/redis-executions.js';

interface Ports extends AsyncDisposable {
  store: ExecutionStore;
  attempts: AttemptStore;
  rooms: TenantStorage;
  /** Bytes that the tenant `acme` takes. */
  kept(): Promise<number>;
}

function openMemory(): Promise<Ports> {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const rooms = new MemoryTenantStorage(clock);
  const memory = new MemoryExecutions(clock, rooms);
  return Promise.resolve({
    store: memory,
    attempts: memory,
    rooms,
    kept: () => Promise.resolve(rooms.bytesOf('acme')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

async function openRedis(): Promise<Ports> {
  const ports = await openRedisExecutions();
  const usage = new RedisUsageStore(ports);
  return {
    store: ports.store,
    attempts: ports.attempts,
    rooms: new RedisTenantStorage(ports),
    kept: async () => (await usage.read('acme')).storage.keptBytes,
    [Symbol.asyncDispose]: () => ports[Symbol.asyncDispose](),
  };
}

describe.each(
  backends<[string, () => Promise<Ports>]>([
    ['in memory', openMemory],
    ['on Redis', openRedis],
  ]),
)('offers %s', (_name, open) => {
  let ports: Ports;
  beforeEach(async () => {
    ports = await open();
  });
  afterEach(async () => {
    await ports[Symbol.asyncDispose]();
  });

  const roomOf = (bytes: number, cap: number | null = 100): Pick<NewExecution, 'room'> => ({
    room: { bytes, until: Date.now() + 60_000, cap },
  });

  test('are found by their key once they are accepted, by their tenant', async () => {
    const offer = sampleExecution({ idempotencyKey: 'k' });
    expect(await ports.store.find('acme', 'k')).toBeNull();
    await ports.store.create(offer);
    expect(await ports.store.find('acme', 'k')).toBeNull();
    await ports.store.accept(offer.id);
    expect(await ports.store.find('acme', 'k')).toEqual({ id: offer.id, fingerprint: 'same' });
    expect(await ports.store.find('other', 'k')).toBeNull();
    await ports.attempts.finish(offer.id, null, sampleResult());
    expect(await ports.store.find('acme', 'k')).toEqual({ id: offer.id, fingerprint: 'same' });
  });

  test('stand longer when they are prolonged, and never shorter', async () => {
    const offer = sampleExecution({ acceptWithinMs: 150 });
    await ports.store.create(offer);
    const until = Date.now() + 400;
    while (Date.now() < until) expect(await ports.store.prolong(offer.id, 150)).toBe(true);
    expect(await ports.store.prolong(offer.id, -1000)).toBe(true);
    expect(await ports.store.accept(offer.id)).toBe(true);
    expect(await ports.store.prolong(sampleExecution().id, 150)).toBe(false);
  });

  test('lapse all the same when nobody prolongs them any more', async () => {
    const offer = sampleExecution({ acceptWithinMs: 10, ...roomOf(60) });
    await ports.store.create(offer);
    await ports.store.prolong(offer.id, 50);
    await eventually(async () => {
      await ports.attempts.lapsed(10);
      expect(await ports.store.prolong(offer.id, 0)).toBe(false);
    });
    expect(await ports.store.accept(offer.id)).toBe(false);
    expect(await ports.kept()).toBe(0);
  });

  test('taken back tell whether they will never run', async () => {
    const [offer, accepted, keyed] = [sampleExecution(), sampleExecution(), sampleExecution({ idempotencyKey: 'k' })];
    for (const each of [offer, accepted, keyed]) await ports.store.create(each);
    for (const { id } of [accepted, keyed]) await ports.store.accept(id);
    expect(await ports.store.withdraw(offer.id)).toBe(true);
    expect(await ports.store.withdraw(offer.id)).toBe(true);
    expect(await ports.store.withdraw(accepted.id)).toBe(true);
    // Another request with this key may have been told of it.
    expect(await ports.store.withdraw(keyed.id)).toBe(false);
  });

  test('take room for what comes with them, which a repeat does not take again', async () => {
    const first = sampleExecution({ idempotencyKey: 'k', ...roomOf(60) });
    expect(await ports.store.create(first)).toEqual({ kind: 'created' });
    const repeats = Array.from({ length: 20 }, () => sampleExecution({ idempotencyKey: 'k', ...roomOf(60) }));
    for (const outcome of await Promise.all(repeats.map((repeat) => ports.store.create(repeat))))
      expect(outcome).toMatchObject({ kind: 'existing', id: first.id });
    expect(await ports.kept()).toBe(60);
    const other = sampleExecution({ idempotencyKey: 'other', ...roomOf(41) });
    expect(await ports.store.create(other)).toEqual({ kind: 'storage_quota_exceeded', current: 60 });
    expect(await ports.store.prolong(other.id, 1000)).toBe(false);
    // What was refused holds no key.
    expect(await ports.store.create({ ...other, ...roomOf(40) })).toEqual({ kind: 'created' });
    expect(await ports.store.create(sampleExecution(roomOf(1000, null)))).toEqual({ kind: 'created' });
    expect(await ports.kept()).toBe(1100);
  });

  test('give their room back when they are taken back, lapse or are replaced, and their executions at the end', async () => {
    const withdrawn = sampleExecution(roomOf(10));
    await ports.store.create(withdrawn);
    await ports.store.withdraw(withdrawn.id);
    expect(await ports.kept()).toBe(0);
    const late = sampleExecution({ acceptWithinMs: -1, ...roomOf(10) });
    await ports.store.create(late);
    await eventually(async () => expect(await ports.store.accept(late.id)).toBe(false));
    expect(await ports.kept()).toBe(0);
    const lapsed = sampleExecution({ idempotencyKey: 'k', acceptWithinMs: -1, ...roomOf(90) });
    const next = sampleExecution({ idempotencyKey: 'k', ...roomOf(90) });
    await ports.store.create(lapsed);
    await eventually(async () => expect(await ports.store.create(next)).toEqual({ kind: 'created' }));
    expect(await ports.kept()).toBe(90);
    await ports.store.accept(next.id);
    await ports.attempts.finish(next.id, null, sampleResult());
    expect(await ports.kept()).toBe(0);
  });

  test('that are made at once do not take more room than there is', async () => {
    const offers = Array.from({ length: 20 }, () => sampleExecution(roomOf(30)));
    const outcomes = await Promise.all(offers.map((offer) => ports.store.create(offer)));
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(3);
    expect(await ports.kept()).toBe(90);
  });

  test('that are made at once do not bring their tenant into more lanes than there may be', async () => {
    const offers = Array.from({ length: 24 }, (_, i) =>
      sampleExecution({ request: sampleRequest({ requires: [`tag${i}`] }) }),
    );
    for (const offer of offers) expect(await ports.store.create(offer)).toEqual({ kind: 'created' });
    const answers = await Promise.allSettled(offers.map(({ id }) => ports.store.accept(id)));
    expect(answers.slice(0, 16)).toEqual(Array.from({ length: 16 }, () => ({ status: 'fulfilled', value: true })));
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'tenant_queue_full' }) };
    expect(answers.slice(16)).toEqual(Array.from({ length: 8 }, () => refused));
    // What was refused is gone; what was accepted stays so, and lanes that are used may be used on.
    expect(await ports.store.get(offers[20]?.id ?? '', 'acme')).toBeNull();
    expect(await ports.store.accept(offers[0]?.id ?? '')).toBe(true);
    const more = sampleExecution({ request: sampleRequest({ requires: ['tag3'] }) });
    await ports.store.create(more);
    expect(await ports.store.accept(more.id)).toBe(true);
  });

  test('what has expired is no part of what a tenant takes when it is held again', async () => {
    const hold = (bytes: number, until: number): Promise<{ held: boolean; current: number }> =>
      ports.rooms.hold({ tenant: 'acme', entry: 'x', bytes, until, cap: 100 });
    await hold(40, Date.now() - 1);
    await ports.rooms.hold({ tenant: 'acme', entry: 'y', bytes: 50, until: Date.now() + 60_000, cap: 100 });
    expect(await hold(60, Date.now() + 60_000)).toEqual({ held: false, current: 50 });
    expect(await hold(50, Date.now() + 60_000)).toEqual({ held: true, current: 100 });
    expect(await ports.kept()).toBe(100);
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { FakeClock, MemoryKeyStore } from './fakes/index.js';
import { KeyRing } from './key-ring.js';
import type { FoundKey, KeyStore, Logger } from './ports/index.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const admin = { id: 'key_1', name: 'ops', tenant: 'ops', role: 'admin' as const, limits: {} };
const options = { digest: 'd1', expiresInMs: null, adminElsewhere: false };

/** Counts what it is asked, and fails or waits when told. */
class WatchedStore extends MemoryKeyStore {
  asked = 0;
  touched = 0;
  away = false;
  gate: Promise<void> = Promise.resolve();

  override async find(digest: string): Promise<FoundKey | null> {
    this.asked++;
    const found = await super.find(digest);
    await this.gate;
    if (this.away) throw new AppError('redis_unavailable', 'away');
    return found;
  }

  override async inUse(): Promise<boolean> {
    this.asked++;
    if (this.away) throw new AppError('redis_unavailable', 'away');
    return super.inUse();
  }

  override touch(id: string): ReturnType<KeyStore['touch']> {
    this.touched++;
    return super.touch(id);
  }
}

describe('the keys that a gateway knows', () => {
  let clock: FakeClock;
  let store: WatchedStore;
  let ring: KeyRing;
  beforeEach(async () => {
    clock = new FakeClock();
    store = new WatchedStore(clock);
    ring = new KeyRing({ store, clock, logger: silent });
    await store.onChange((digest) => ring.forget(digest));
  });

  test('that are revoked while one is asked for are not told to who asks after that', async () => {
    await store.create(admin, options);
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    const before = ring.find('d1');
    await store.revoke('key_1', true);
    const after = ring.find('d1');
    open();
    expect((await before)?.id).toBe('key_1');
    expect(await after).toBeNull();
  });

  test('are asked for once in four seconds, whether there is one or not', async () => {
    await store.create(admin, options);
    for (let i = 0; i < 10; i++) {
      expect((await ring.find('d1'))?.id).toBe('key_1');
      expect(await ring.find('made-up')).toBeNull();
    }
    expect(store.asked).toBe(2);
    clock.advance(4000);
    await ring.find('d1');
    expect(store.asked).toBe(3);
  });

  test('are asked for once by many requests at a time', async () => {
    await store.create(admin, options);
    const found = await Promise.all(Array.from({ length: 50 }, () => ring.find('d1')));
    expect(found.every((key) => key?.id === 'key_1')).toBe(true);
    expect(store.asked).toBe(1);
  });

  test('are refused at once when they are revoked, and known at once when they are made', async () => {
    expect(await ring.find('d1')).toBeNull();
    await store.create(admin, options);
    expect(await ring.find('d1')).not.toBeNull();
    await store.revoke('key_1', true);
    expect(await ring.find('d1')).toBeNull();
  });

  test('are not remembered from before a change that came while they were asked for', async () => {
    await store.create(admin, options);
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    const early = ring.find('d1');
    await store.revoke('key_1', true);
    open();
    await early;
    expect(await ring.find('d1')).toBeNull();
  });

  test('end at their time, not at that of the next question', async () => {
    await store.create(admin, { ...options, expiresInMs: 1000 });
    expect(await ring.find('d1')).not.toBeNull();
    clock.advance(1000);
    expect(await ring.find('d1')).toBeNull();
  });

  test('hold for their time while the store is away; then it is the store that is told of, not the key', async () => {
    await store.create(admin, options);
    await ring.find('d1');
    await ring.inUse();
    store.away = true;
    clock.advance(3999);
    expect(await ring.find('d1')).not.toBeNull();
    clock.advance(1);
    await expect(ring.find('d1')).rejects.toMatchObject({ code: 'redis_unavailable' });
    await expect(ring.find('another')).rejects.toMatchObject({ code: 'redis_unavailable' });
    // Once there were keys nobody is let in without one, whatever happens.
    expect(await ring.inUse()).toBe(true);
    store.away = false;
    expect(await ring.find('d1')).not.toBeNull();
  });

  test('whether there are any is never guessed', async () => {
    expect(await ring.inUse()).toBe(false);
    store.away = true;
    expect(await ring.inUse()).toBe(false);
    clock.advance(4000);
    await expect(ring.inUse()).rejects.toMatchObject({ code: 'redis_unavailable' });
  });

  test('10 000 made-up ones are not all remembered, and do not push out the real one', async () => {
    await store.create(admin, options);
    await ring.find('d1');
    for (let i = 0; i < 10_000; i++) await ring.find(`made-up-${i}`);
    const { asked } = store;
    await ring.find('d1');
    // The last thousand are remembered.
    await ring.find('made-up-9999');
    expect(store.asked).toBe(asked);
    await ring.find('made-up-8999');
    expect(store.asked).toBe(asked + 1);
  });

  test('their use is noted once an hour', async () => {
    await store.create(admin, options);
    for (let i = 0; i < 900; i++) {
      await ring.find('d1');
      clock.advance(4000);
    }
    expect(store.touched).toBe(1);
    await ring.find('d1');
    expect(store.touched).toBe(2);
  });
});

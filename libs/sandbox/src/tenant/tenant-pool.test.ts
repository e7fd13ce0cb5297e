import { afterEach, describe, expect, test } from '@jest/globals';
import type { Limits } from '@gantry/contracts';
import { FakeClock } from '@gantry/core/fakes';
import type { TurnContainer } from './tenant-container.js';
import { type TenantClass, TenantPool } from './tenant-pool.js';

const LIMITS: Limits = {
  memoryBytes: 1,
  cpuCores: 1,
  timeoutMs: 1,
  cpuMs: null,
  networkEnabled: false,
  maxProcesses: 1,
  maxOutputBytes: 1,
  maxFileBytes: 1,
  maxOpenFiles: 1,
  diskBytes: 1,
};
const SETTINGS = { maxContainers: 2, maxUses: 3, maxAgeMs: 10_000, idleMs: 1000 };
const NEVER = new AbortController().signal;
const ignore = (): void => undefined;
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger };

class FakeContainer {
  readonly parts = { limits: {}, imageDigest: 'sha256:abc' } as TurnContainer['parts'];
  readonly tenant: string;
  ready: Promise<void> = Promise.resolve();
  isSound = true;
  removed = false;
  uses = 1;
  die = ignore;
  nextWorld: () => Promise<void> = () => Promise.resolve();

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  isWorn(): boolean {
    return this.uses >= SETTINGS.maxUses;
  }

  renew(): void {
    this.uses += 1;
    this.ready = this.nextWorld();
  }

  onDeath(callback: () => void): void {
    this.die = callback;
  }

  kill(): Promise<void> {
    return Promise.resolve();
  }

  remove(): Promise<void> {
    this.removed = true;
    this.isSound = false;
    return Promise.resolve();
  }

  end(): Promise<{ exitCode: number; oomKilled: boolean }> {
    return Promise.resolve({ exitCode: 0, oomKilled: false });
  }
}

class Fixture {
  readonly made: FakeContainer[] = [];
  readonly pool = new TenantPool({
    create: ({ tenant }) => {
      const container = new FakeContainer(tenant);
      this.made.push(container);
      return Promise.resolve(container);
    },
    settings: SETTINGS,
    clock: new FakeClock(),
    logger,
  });

  take(tenant: string, more: Partial<TenantClass> = {}) {
    const wanted: TenantClass = { tenant, image: 'i', limits: LIMITS, preload: null, ...more };
    return this.pool.acquire(wanted, LIMITS, NEVER);
  }

  /** One execution from start to end; how it found its container. */
  async turn(tenant: string, more: Partial<TenantClass> = {}): Promise<string | undefined> {
    const sandbox = await this.take(tenant, more);
    await sandbox?.[Symbol.asyncDispose]();
    return sandbox?.info.kind;
  }
}

const fixtures: Fixture[] = [];
function fixture(): Fixture {
  const made = new Fixture();
  fixtures.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(fixtures.splice(0).map(({ pool }) => pool.close()));
});

describe('TenantPool', () => {
  test('serves a tenant again and again by the same container', async () => {
    const one = fixture();
    expect([await one.turn('a'), await one.turn('a')]).toEqual(['cold', 'warm']);
    expect(one.made.map(({ uses }) => uses)).toEqual([3]);
  });

  test('makes a second one for whoever had to wait for a world, and takes the one that is ready', async () => {
    const one = fixture();
    const sandbox = await one.take('a');
    let open = ignore;
    const first = one.made[0] as FakeContainer;
    first.nextWorld = () => new Promise((resolve) => (open = resolve));
    await sandbox?.[Symbol.asyncDispose]();
    const waiting = one.take('a');
    expect(one.made.length).toBe(2);
    open();
    const second = await waiting;
    expect(first.uses).toBe(2);
    first.nextWorld = () => new Promise(ignore);
    await second?.[Symbol.asyncDispose]();
    expect((await one.take('a'))?.info.kind).toBe('warm');
    expect(first.uses).toBe(3);
    expect(one.made.length).toBe(2);
  });

  test.each<[string, string, Partial<TenantClass>]>([
    ['tenant', 'b', {}],
    ['image', 'a', { image: 'j' }],
    ['limits', 'a', { limits: { ...LIMITS, maxProcesses: 2 } }],
    ['interpreter', 'a', { preload: 'python' }],
  ])('never serves another %s by it', async (_, tenant, more) => {
    const one = fixture();
    await one.turn('a');
    await one.turn(tenant, more);
    expect(one.made.length).toBe(2);
    expect(one.made[1]?.tenant).toBe(tenant);
  });

  test('gives a container to one execution at a time, and has no room past its bound', async () => {
    const one = fixture();
    const first = await one.take('a');
    const second = await one.take('a');
    expect(one.made.length).toBe(2);
    expect(await one.take('a')).toBeNull();
    await first?.[Symbol.asyncDispose]();
    expect((await one.take('a'))?.info.kind).toBe('warm');
    await second?.[Symbol.asyncDispose]();
  });

  test('makes room by removing what another tenant leaves idle', async () => {
    const one = fixture();
    await one.turn('a');
    await one.turn('b');
    await one.turn('c');
    expect(one.made.map(({ removed }) => removed)).toEqual([true, false, false]);
  });

  test('replaces one that has served its time', async () => {
    const one = fixture();
    for (let turn = 0; turn < SETTINGS.maxUses; turn++) await one.turn('a');
    expect(one.made.map(({ removed }) => removed)).toEqual([true, false]);
    expect((await one.take('a'))?.info.kind).toBe('warm');
    expect(one.made.length).toBe(2);
  });

  test('gives no container twice, however many ask at once', async () => {
    const one = fixture();
    for (let turn = 0; turn < SETTINGS.maxUses; turn++) await one.turn('a');
    const taken = await Promise.all([one.take('a'), one.take('a'), one.take('a')]);
    const given = taken.filter((sandbox) => sandbox !== null);
    expect(given.length).toBe(SETTINGS.maxContainers);
    await Promise.all(given.map((sandbox) => sandbox[Symbol.asyncDispose]()));
    // One renewal each: a second turn in the same container would have shown here.
    expect(one.made.filter(({ removed }) => !removed).map(({ uses }) => uses)).toEqual([2, 2]);
  });

  test.each<[string, (container: FakeContainer) => void]>([
    ['whose next world does not come', (one) => (one.nextWorld = () => Promise.reject(new Error('no world')))],
    ['that was killed', (one) => (one.isSound = false)],
  ])('never uses one again %s', async (_, spoil) => {
    const one = fixture();
    const sandbox = await one.take('a');
    one.made.forEach(spoil);
    await sandbox?.[Symbol.asyncDispose]();
    expect(await one.turn('a')).toBe('cold');
    expect(one.made[0]?.removed).toBe(true);
  });

  test('removes one that ends while it is idle', async () => {
    const one = fixture();
    await one.turn('a');
    await Promise.resolve();
    one.made[0]?.die();
    expect(one.made[0]?.removed).toBe(true);
    expect((await one.take('a'))?.info.kind).toBe('cold');
  });

  test('removes everything when it is closed, what is still leased included', async () => {
    const one = fixture();
    const leased = await one.take('a');
    await one.turn('b');
    await one.pool.close();
    await leased?.[Symbol.asyncDispose]();
    expect(one.made.map(({ removed }) => removed)).toEqual([true, true]);
    expect(await one.take('a')).toBeNull();
  });
});

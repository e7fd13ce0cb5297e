import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createKey, KeyRing, newApiKey, type DefaultLimits, type KeyDeps, type Logger } from '@gantry/core';
import { FakeClock, MemoryKeyStore } from '@gantry/core/fakes';
import { Authenticator } from './authenticator.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const DEFAULTS: DefaultLimits = {
  requestsPerSecond: null,
  requestBurst: null,
  maxRunning: null,
  maxQueued: 10,
  cpuSecondsPerDay: null,
  storageBytes: null,
};
const pair = (name: string, key: string): string => `${name}:${createHash('sha256').update(key).digest('hex')}`;
const NOTHING = {
  API_KEYS: [] as string[],
  ADMIN_KEYS: [] as string[],
  ALLOW_ANONYMOUS: false,
  ADMIN_HOST: '127.0.0.1',
};

describe('who asks', () => {
  let deps: KeyDeps;
  let ring: KeyRing;
  const authenticator = (config: Partial<typeof NOTHING> = {}): Authenticator =>
    new Authenticator({ config: { ...NOTHING, ...config }, ring, defaults: DEFAULTS });
  beforeEach(async () => {
    const clock = new FakeClock();
    const keyStore = new MemoryKeyStore(clock);
    ring = new KeyRing({ store: keyStore, clock, logger: silent });
    await keyStore.onChange((digest) => ring.forget(digest));
    deps = { keyStore, clock, adminElsewhere: true };
  });
  const stored = async (name: string, role: 'user' | 'admin' = 'user'): Promise<string> =>
    (await createKey(deps, { name, tenant: null, role, expiresInMs: null, limits: {} })).secret;

  test('without any key: everybody is anonymous, and who is on this machine administers', async () => {
    expect(await authenticator().user(null)).toMatchObject({ tenant: 'anonymous', role: 'user' });
    expect(await authenticator().user('whatever')).toMatchObject({ tenant: 'anonymous' });
    expect(await authenticator().admin(null)).toBeNull();
    await expect(authenticator({ ADMIN_HOST: '0.0.0.0' }).admin(null)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('once there is a stored key nobody is anonymous, whatever the environment allows, and stays so after it is revoked', async () => {
    const open = authenticator({ ALLOW_ANONYMOUS: true });
    const key = await stored('ops', 'admin');
    await expect(open.user(null)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(open.admin(null)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await open.user(key)).toMatchObject({ tenant: 'ops', role: 'admin' });
    expect(await open.admin(key)).toMatchObject({ tenant: 'ops' });
    const [known] = await deps.keyStore.list();
    await deps.keyStore.revoke(known?.id ?? '', true);
    await expect(open.user(null)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(open.user(key)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('keys of the environment close the API; those of administrators only where nobody said that it is open', async () => {
    const users = { API_KEYS: [pair('alice', 'key-a')] };
    await expect(authenticator(users).user(null)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await authenticator(users).user('key-a')).toMatchObject({
      tenant: 'alice',
      role: 'user',
      bucket: 'env:alice',
    });
    await expect(authenticator(users).admin(null)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(authenticator(users).admin('key-a')).rejects.toMatchObject({ code: 'forbidden' });
    const admins = { ADMIN_KEYS: [pair('ops', 'key-o')] };
    await expect(authenticator(admins).user(null)).rejects.toMatchObject({ code: 'unauthorized' });
    const both = authenticator({ ...admins, ALLOW_ANONYMOUS: true });
    expect(await both.user(null)).toMatchObject({ tenant: 'anonymous' });
    expect(await both.user('key-o')).toMatchObject({ tenant: 'ops', role: 'admin' });
    expect(await both.admin('key-o')).toMatchObject({ tenant: 'ops' });
    await expect(both.admin('key-x')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('stored keys and keys of the environment are valid side by side', async () => {
    const config = { API_KEYS: [pair('alice', 'key-a')] };
    const key = await stored('bob');
    expect(await authenticator(config).user(key)).toMatchObject({
      tenant: 'bob',
      keyId: expect.stringMatching(/^key_/),
    });
    expect(await authenticator(config).user('key-a')).toMatchObject({ tenant: 'alice' });
    await expect(authenticator(config).admin(key)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test.each(['', 'gk_', newApiKey(), 'é', 'a\nb', 'x'.repeat(1_000_000)])(
    'a made-up key is refused: %#',
    async (key) => {
      await stored('ops', 'admin');
      await expect(authenticator().user(key)).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(authenticator().admin(key)).rejects.toMatchObject({ code: 'unauthorized' });
    },
  );
});

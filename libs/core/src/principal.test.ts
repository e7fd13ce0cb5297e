import { describe, expect, test } from '@jest/globals';
import type { KeyLimits, StoredKey } from '@gantry/contracts';
import { principalOfKey, principalOfName, type DefaultLimits } from './principal.js';

const NONE: DefaultLimits = {
  requestsPerSecond: null,
  requestBurst: null,
  maxRunning: null,
  maxQueued: 1000,
  cpuSecondsPerDay: null,
  storageBytes: 512,
};
const of = (limits: KeyLimits): StoredKey => ({
  id: 'key_1',
  name: 'n',
  tenant: 't',
  role: 'user',
  createdAt: 0,
  expiresAt: null,
  revokedAt: null,
  limits,
});

describe('what a key may use', () => {
  test('is what the service says where the key says nothing', () => {
    expect(principalOfKey(of({}), NONE)).toMatchObject({
      tenant: 't',
      bucket: 'key_1',
      rate: null,
      caps: { maxRunning: null, maxQueued: 1000, cpuMsPerDay: null, storageBytes: 512 },
    });
  });

  test('is what the key says, more or less than the service; null is no limit', () => {
    const limits = { maxRunning: 2, maxQueued: null, cpuSecondsPerDay: 0.5, storageBytes: 0 };
    expect(principalOfKey(of(limits), NONE).caps).toEqual({
      maxRunning: 2,
      maxQueued: null,
      cpuMsPerDay: 500,
      storageBytes: 0,
    });
  });

  test.each<[KeyLimits, Partial<DefaultLimits>, unknown]>([
    [{ requestsPerSecond: 5 }, {}, { perSecond: 5, burst: 10 }],
    [{ requestsPerSecond: 0.1 }, {}, { perSecond: 0.1, burst: 1 }],
    [{ requestsPerSecond: 5, requestBurst: 7 }, {}, { perSecond: 5, burst: 7 }],
    [{ requestsPerSecond: 5 }, { requestsPerSecond: 1, requestBurst: 99 }, { perSecond: 5, burst: 10 }],
    [{}, { requestsPerSecond: 1, requestBurst: 99 }, { perSecond: 1, burst: 99 }],
    [{ requestBurst: 7 }, { requestsPerSecond: 1, requestBurst: 99 }, { perSecond: 1, burst: 7 }],
    [{ requestsPerSecond: null }, { requestsPerSecond: 1, requestBurst: 99 }, null],
    [{ requestBurst: 7 }, {}, null],
  ])('the burst goes with the rate: %j over %j', (own, defaults, rate) => {
    expect(principalOfKey(of(own), { ...NONE, ...defaults }).rate).toEqual(rate);
  });

  test('keys of the environment have the limits of the service', () => {
    const who = { tenant: 'ops', role: 'admin' as const, bucket: 'env:ops' };
    expect(principalOfName(who, { ...NONE, requestsPerSecond: 3 })).toMatchObject({
      ...who,
      keyId: null,
      rate: { perSecond: 3, burst: 6 },
    });
  });
});

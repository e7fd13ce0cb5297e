import { beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock, MemoryRateLimiter } from './fakes/index.js';
import { RateGate, rateLimited } from './rate-gate.js';

describe('requests a second', () => {
  let clock: FakeClock;
  let limiter: MemoryRateLimiter;
  let gate: RateGate;
  const who = { bucket: 'key_1', rate: { perSecond: 2, burst: 3 } };
  beforeEach(() => {
    clock = new FakeClock();
    limiter = new MemoryRateLimiter(clock);
    gate = new RateGate(limiter, clock);
  });

  test('are not counted for those who have no limit', async () => {
    expect(await gate.check({ bucket: 'key_1', rate: null })).toBeNull();
    expect(limiter.asked).toBe(0);
  });

  test('come at once up to the burst, then at the rate', async () => {
    for (const remaining of [2, 1, 0]) expect(await gate.check(who)).toMatchObject({ allowed: true, remaining });
    expect(await gate.check(who)).toMatchObject({ allowed: false, retryMs: 500 });
    clock.advance(500);
    expect(await gate.check(who)).toMatchObject({ allowed: true });
    expect(await gate.check(who)).toMatchObject({ allowed: false });
  });

  test('that are refused do not reach the store until the next may come', async () => {
    for (let i = 0; i < 4; i++) await gate.check(who);
    const { asked } = limiter;
    clock.advance(499);
    for (let i = 0; i < 1000; i++) expect(await gate.check(who)).toMatchObject({ allowed: false, retryMs: 1 });
    expect(limiter.asked).toBe(asked);
    expect(await gate.check({ ...who, bucket: 'key_2' })).toMatchObject({ allowed: true });
  });

  test('are judged anew when the limit is changed', async () => {
    for (let i = 0; i < 4; i++) await gate.check(who);
    expect(await gate.check({ ...who, rate: { perSecond: 1000, burst: 10 } })).toMatchObject({ allowed: false });
    clock.advance(1);
    expect(await gate.check({ ...who, rate: { perSecond: 1000, burst: 10 } })).toMatchObject({ allowed: true });
  });

  test('a refusal says which limit, and when to come again', async () => {
    for (let i = 0; i < 3; i++) await gate.check(who);
    const verdict = await gate.check(who);
    if (!verdict) throw new Error('there is a limit');
    expect(rateLimited(who.rate, verdict, clock.now())).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 1,
      quota: { limit: 'requests_per_second', allowed: 2, resetsAt: clock.now() + 500 },
    });
  });
});

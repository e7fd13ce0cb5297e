import { describe, expect, test } from '@jest/globals';
import { RateGate } from '@gantry/core';
import { FakeClock, MemoryRateLimiter } from '@gantry/core/fakes';
import type { Request, Response } from 'express';
import { rateLimit, rateLimitBatch } from './rate-limit.js';

describe('a batch of messages', () => {
  const clock = new FakeClock();
  const principal = { bucket: 'k', rate: { perSecond: 1, burst: 5 } };

  /** How many of the batch's rules let it through. */
  async function sent(deps: { rateGate: RateGate; clock: FakeClock }, body: unknown): Promise<string> {
    const response = { locals: { principal }, set: () => response } as unknown as Response;
    let passed = 0;
    const next = (): void => void passed++;
    try {
      for (const rule of [rateLimit(deps), rateLimitBatch(deps)]) await rule({ body } as Request, response, next);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return passed === 2 ? 'served' : 'held';
  }

  test('is as many requests as it has messages', async () => {
    const deps = { rateGate: new RateGate(new MemoryRateLimiter(clock), clock), clock };
    expect(await sent(deps, [{}, {}, {}])).toBe('served');
    expect(await sent(deps, { a: 1 })).toBe('served');
    expect(await sent(deps, [{}, {}])).toBe('rate_limited');
  });
});

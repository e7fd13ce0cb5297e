import { describe, expect, test } from '@jest/globals';
import type { Clock } from '@gantry/core';
import type { Redis } from 'ioredis';
import { RedisClock } from './redis-clock.js';

const SERVER_TIME = 1_800_000_000_000;

/** A server's clock and a machine's, whose own time is off and can jump; an answer takes `roundTripMs`. */
class TwoClocks implements Clock {
  passedMs = 0;
  offMs: number;
  roundTripMs = 10;

  constructor(offMs: number) {
    this.offMs = offMs;
  }

  readonly redis = {
    time: () => {
      this.passedMs += this.roundTripMs / 2;
      const server = SERVER_TIME + this.passedMs;
      this.passedMs += this.roundTripMs / 2;
      return Promise.resolve([String(Math.floor(server / 1000)), String((server % 1000) * 1000)]);
    },
  } as unknown as Redis;

  now(): number {
    return SERVER_TIME + this.passedMs + this.offMs;
  }

  monotonic(): number {
    return 500 + this.passedMs;
  }
}

describe('the clock of a deployment', () => {
  test.each([-420_000, 0, 420_000])('is the Redis server’s on a machine that is off by %d ms', async (offMs) => {
    const machine = new TwoClocks(offMs);
    const clock = new RedisClock(machine.redis, machine);
    expect(clock.now()).toBe(machine.now());
    expect(await clock.look()).toBeCloseTo(-offMs, -2);
    machine.passedMs += 5000;
    expect(clock.now()).toBe(SERVER_TIME + machine.passedMs);
  });

  test('does not jump with the clock of the machine, and follows that of the server', async () => {
    const machine = new TwoClocks(0);
    const clock = new RedisClock(machine.redis, machine);
    await clock.look();
    machine.offMs = 3_600_000;
    expect(clock.now()).toBe(SERVER_TIME + machine.passedMs);
  });

  test('takes no time from an answer that came late, unless it has none better', async () => {
    const machine = new TwoClocks(60_000);
    const clock = new RedisClock(machine.redis, machine);
    machine.roundTripMs = 4000;
    await clock.look();
    const rough = clock.now() - machine.passedMs;
    machine.roundTripMs = 2;
    await clock.look();
    machine.roundTripMs = 4000;
    const before = clock.now() - machine.passedMs;
    await clock.look();
    expect(clock.now() - machine.passedMs).toBe(before);
    expect(Math.abs(rough - SERVER_TIME)).toBeLessThanOrEqual(2000);
  });
});

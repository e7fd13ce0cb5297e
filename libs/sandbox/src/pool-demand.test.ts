import { describe, expect, test } from '@jest/globals';
import { PoolDemand } from './pool-demand.js';

const settings = { maxReady: 6, forgetAfterMs: 60_000 };

describe('PoolDemand', () => {
  test('wishes none for what was asked for once, one for what was announced', () => {
    const once = new PoolDemand(settings, 0);
    once.asked(5, 200);
    expect(once.wish(10)).toBe(0);
    const announced = new PoolDemand(settings, 0);
    announced.prepare(5);
    expect(announced.wish(10)).toBe(1);
  });

  test('wishes one more than a burst took, for a while, bounded', () => {
    const demand = new PoolDemand(settings, 0);
    for (let i = 0; i < 3; i++) demand.asked(1000 + i, 200);
    expect(demand.wish(1100)).toBe(4);
    for (let i = 0; i < 50; i++) demand.asked(2000 + i, 200);
    expect(demand.wish(2100)).toBe(6);
    expect(demand.wish(30_000)).toBe(1);
  });

  test('wishes two for a steady client that comes once per refill', () => {
    const demand = new PoolDemand(settings, 0);
    for (let at = 0; at < 5000; at += 300) demand.asked(at, 200);
    expect(demand.wish(5000)).toBe(2);
  });

  test('wishes none for what nobody has asked for in a long time', () => {
    const demand = new PoolDemand(settings, 0);
    demand.asked(10, 200);
    demand.asked(10, 200);
    expect(demand.wish(60_011)).toBe(0);
  });
});

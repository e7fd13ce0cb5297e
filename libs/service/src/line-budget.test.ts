import { expect, test } from '@jest/globals';
import { LineBudget, type LeftOut } from './line-budget.js';

function budgetAt(clock: { now: number }): {
  take: (kind: string) => boolean;
  told: [string, LeftOut][];
  budget: LineBudget;
} {
  const told: [string, LeftOut][] = [];
  const budget = new LineBudget({ burst: 3, perSecond: 0.5 }, () => clock.now);
  return { budget, told, take: (kind) => budget.take(kind, (facts) => void told.push([kind, facts])) };
}

test('lets some through at once and few in the long run, and tells how many were left out', () => {
  const clock = { now: 1000 };
  const { budget, told, take } = budgetAt(clock);
  expect(Array.from({ length: 5 }, () => take('a'))).toEqual([true, true, true, false, false]);
  clock.now += 2000;
  expect([take('a'), take('a')]).toEqual([true, false]);
  clock.now += 5000;
  budget.summarise();
  expect(told.splice(0)).toEqual([['a', { more: 3, inSeconds: 7 }]]);
  budget.summarise();
  expect(told).toEqual([]);
  let written = 0;
  for (let second = 0; second < 1000; second++) {
    clock.now += 1000;
    for (let i = 0; i < 50; i++) if (take('a')) written++;
  }
  expect(written).toBeGreaterThan(490);
  expect(written).toBeLessThan(510);
  budget.summarise();
  expect(told).toEqual([['a', { more: 50_000 - written, inSeconds: 999 }]]);
});

test('does not hold one kind back for another', () => {
  const { take } = budgetAt({ now: 0 });
  while (take('a'));
  expect(take('b')).toBe(true);
});

test('has one budget for all kinds when there are too many, and forgets those that were not seen lately', () => {
  const clock = { now: 0 };
  const { budget, take } = budgetAt(clock);
  const written = Array.from({ length: 2000 }, (_, i) => take(`kind ${i}`)).filter(Boolean).length;
  expect(written).toBe(500 + 3);
  clock.now += 60_000;
  budget.summarise();
  budget.summarise();
  expect(take('one more')).toBe(true);
});

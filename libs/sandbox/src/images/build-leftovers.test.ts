import { expect, test } from '@jest/globals';
import { leftovers } from './build-leftovers.js';

const MINUTE = 60_000;
const NOW = 1_000_000 * MINUTE;
const ages = (...minutes: number[]): { Created: number }[] =>
  minutes.map((age) => ({ Created: (NOW - age * MINUTE) / 1000 }));

test.each([
  ['the newest three for half an hour', 1, [9, 5, 3, 2, 20], [9, 20]],
  ['none that is older than that', 1, [31, 40], [31, 40]],
  ['what a build under way may stand on', 15, [1, 2, 3, 4, 14, 16], [16]],
  ['the newest no shorter than that either', 60, [31, 59, 61], [61]],
])('of what failed builds have left stay %s', (_, buildMinutes, all, gone) => {
  const found = leftovers(ages(...all), buildMinutes * MINUTE, NOW);
  expect(found.toSorted((a, b) => b.Created - a.Created)).toEqual(ages(...gone));
});

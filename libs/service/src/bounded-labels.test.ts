import { expect, test } from '@jest/globals';
import { BoundedLabels } from './bounded-labels.js';

test('the first values have a label of their own, the others share one for good', () => {
  const labels = new BoundedLabels(2);
  expect(['a', 'b', 'c', 'a', 'd', 'c', 'b'].map((value) => labels.of(value))).toEqual([
    'a',
    'b',
    'other',
    'a',
    'other',
    'other',
    'b',
  ]);
});

test('a million names from outside make no more labels than are allowed', () => {
  const labels = new BoundedLabels(100);
  const seen = new Set(Array.from({ length: 1_000_000 }, (_, i) => labels.of(`tenant-${i}`)));
  expect(seen.size).toBe(101);
});

test('with room for none all share one', () => {
  expect(new BoundedLabels(0).of('a')).toBe('other');
});

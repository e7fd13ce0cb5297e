import type { ExecutionEvent } from '@gantry/contracts';
import { expect, test } from '@jest/globals';
import { FIRST_BATCH, nextBatchSize } from './batch-size.js';

const output = (bytes: number): ExecutionEvent =>
  ({ seq: 1, at: 0, type: 'stdout', data: { text: '' }, json: 'x'.repeat(bytes) }) as ExecutionEvent;

test('a reader that keeps up gets more at once, up to a number of short events and to a size of long ones', () => {
  const grown = (event: ExecutionEvent): number => {
    let size = FIRST_BATCH;
    for (let i = 0; i < 10; i++)
      size = nextBatchSize(
        size,
        Array.from({ length: size }, () => event),
        1,
      );
    return size;
  };
  expect(grown(output(10))).toBe(32);
  expect(grown(output(64 * 1024))).toBe(8);
  expect(grown(output(2 * 1024 * 1024))).toBe(1);
});

test('one that comes back late gets fewer, and never none', () => {
  expect(nextBatchSize(8, [output(10)], 1000)).toBe(4);
  expect(nextBatchSize(1, [output(10)], 1000)).toBe(1);
});

import { expect, test } from '@jest/globals';
import { formatBytes, formatSeconds, formatTime, visible } from './format-values.js';

test.each([
  [null, '-'],
  [0, '0 ms'],
  [0.0004, '0 ms'],
  [0.9994, '999 ms'],
  [0.9996, '1.00 s'],
  [59.994, '59.99 s'],
  [59.996, '1 min 0 s'],
  [119.7, '2 min 0 s'],
  [3725, '62 min 5 s'],
])('%j seconds read %j', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [null, '-'],
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [536_870_912, '512.0 MiB'],
  [8 * 1024 ** 4, '8192.0 GiB'],
])('%j bytes read %j', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  ['2026-11-23T10:00:00.123Z', '2026-11-23 10:00:00'],
  ['yesterday\n', 'yesterday\\x0a'],
  [null, '-'],
])('the time %j reads %j', (time, text) => {
  expect(formatTime(time)).toBe(text);
});

test('control characters and bidirectional marks become visible, other letters stay', () => {
  expect(visible('é漢🚀 \t\u001b\u007f\u009b\u2028\u2066')).toBe('é漢🚀 \\x09\\x1b\\x7f\\x9b\\u2028\\u2066');
});

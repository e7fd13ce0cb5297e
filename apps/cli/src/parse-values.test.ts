import { expect, test } from '@jest/globals';
import {
  parseBytes,
  parseCount,
  parseDuration,
  parseEnv,
  parseMemory,
  parseNumber,
  parseSeconds,
} from './parse-values.js';

test.each([
  [parseSeconds, '90', 90],
  [parseSeconds, '1.5m', 90],
  [parseSeconds, '2H', 7200],
  [parseSeconds, '.5s', 0.5],
  [parseMemory, '512', 512],
  [parseMemory, '512MiB', 512],
  [parseMemory, '1.5g', 1536],
  [parseNumber, '0.25', 0.25],
  [parseCount, '20', 20],
  [parseDuration, '30d', 2_592_000],
  [parseDuration, '90m', 5400],
  [parseBytes, '1000', 1000],
  [parseBytes, '1.5g', 1_610_612_736],
])('%p reads %j as %j', (parse, text, value) => {
  expect(parse(text)).toBe(value);
});

test.each([
  [parseSeconds, '-1'],
  [parseSeconds, '1d'],
  [parseSeconds, ''],
  [parseSeconds, '1e3'],
  [parseMemory, '0.3m'],
  [parseMemory, '1t'],
  [parseNumber, 'NaN'],
  [parseNumber, '2s'],
  [parseNumber, '1 2'],
  [parseCount, '0'],
  [parseDuration, '1w'],
  [parseBytes, '1gb'],
  [parseCount, '1.5'],
  [parseEnv, 'NAME'],
  [parseEnv, '=value'],
] as [(text: string) => unknown, string][])('%p refuses %j', (parse, text) => {
  expect(() => parse(text)).toThrow(/^Use /);
});

test('an environment variable may hold anything, and the last one of a name counts', () => {
  expect(parseEnv('A=3', parseEnv('B=x=y\n', { A: '1' }))).toEqual({ A: '3', B: 'x=y\n' });
  expect(parseEnv('EMPTY=')).toEqual({ EMPTY: '' });
});

import { describe, expect, test } from '@jest/globals';
import { ArtifactPatterns, patternFault, toSandboxPattern } from './artifact-patterns.js';

describe('patternFault', () => {
  test.each([
    '*', '**', 'out/**', '*.png', 'a/**/b', 'dir/', '.hidden', '..a', 'a b', '[abc]', '[!a]', '[]]', '[!]]', '[^]x]', '[[]', 'x[a-z][0-9]', 'a]', 'ä/€',
    '**/'.repeat(62) + 'x', 'a'.repeat(1022),
  ])('takes %j', (pattern) => expect(patternFault(pattern)).toBeNull()); // prettier-ignore

  test.each([
    ['', /empty/],
    ['/etc/passwd', /relative/],
    ['../x', /\.\./],
    ['a/../b', /\.\./],
    ['./x', /\. or/],
    ['a//b', /empty part/],
    ['a//', /empty part/],
    ['a\0b', /control/],
    ['a\nb', /control/],
    ['\ud800', /halves/],
    ['[', /close/],
    ['[]', /close/],
    ['[!]', /close/],
    ['[^]', /close/],
    ['[a/b]', /close/],
    ['x[]y', /close/],
    ['a'.repeat(1023), /1022 bytes/],
    ['é'.repeat(512), /1022 bytes/],
    ['**/'.repeat(63) + 'x', /parts/],
  ])('refuses %j', (pattern, why) => expect(patternFault(pattern)).toMatch(why));
});

test('a pattern that ends in / is everything below', () => {
  expect(['out/', 'out', '**'].map(toSandboxPattern)).toEqual(['out/**', 'out', '**']);
});

test('at most 64 patterns, and the index of a bad one is told', () => {
  expect(ArtifactPatterns.safeParse(Array.from({ length: 65 }, () => '*')).success).toBe(false);
  expect(ArtifactPatterns.safeParse(['*', '../x']).error?.issues[0]?.path).toEqual([1]);
});

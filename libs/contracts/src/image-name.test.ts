import { expect, test } from '@jest/globals';
import { canonicalImageName, imageNameFault } from './image-name.js';

test.each(['a', 'tools', 'my-tools.v2', 'a_b', 'tools:1.0', 'tools:V_1-x', 'cafe', 'imgx', 'x'.repeat(128)])(
  '%s is a name',
  (name) => {
    expect(imageNameFault(name)).toBeNull();
  },
);

test.each([
  '',
  'A',
  '-a',
  'a-',
  'a--b',
  'a..b',
  'a/b',
  '/a',
  'evil.example/a',
  'localhost:5000/a',
  'a@sha256:00',
  'a:',
  'a:b:c',
  'a:b/c',
  ':a',
  'a b',
  'a\n',
  'a:b\n',
  'ä',
  'img_0123',
  'img_00000000000000000000000000000000',
  'job_x',
  'sha256',
  'sha256:abc',
  '0123456789ab',
  'deadbeef',
  'x'.repeat(129),
  `a:${'x'.repeat(129)}`,
])('%j is not', (name) => {
  expect(imageNameFault(name)).toMatch(/^must /);
});

test('latest is what a name means without a tag', () => {
  expect(canonicalImageName('tools:latest')).toBe('tools');
  expect(canonicalImageName('tools:v1')).toBe('tools:v1');
});

import { expect, test } from '@jest/globals';
import { contentOf } from './base-content.js';

const RepoDigests = [
  'mirror.local:5000/debian@sha256:aa',
  'debian@sha256:bb',
  'ghcr.io/acme/debian@sha256:cc',
  'mirror.local/debian@sha256:dd',
];

test.each([
  ['debian:12', 'sha256:bb'],
  ['debian', 'sha256:bb'],
  ['docker.io/library/debian:12', 'sha256:bb'],
  ['debian:12@sha256:bb', 'sha256:bb'],
  ['mirror.local:5000/debian:12', 'sha256:aa'],
  ['mirror.local:5000/debian', 'sha256:aa'],
  ['mirror.local/debian', 'sha256:dd'],
  ['ghcr.io/acme/debian:12', 'sha256:cc'],
  ['alpine:3', 'sha256:id'],
])('the base %s is known by the digest of its own registry', (reference, content) => {
  expect(contentOf(reference, { RepoDigests, Id: 'sha256:id' })).toBe(content);
  expect(contentOf(reference, { RepoDigests: RepoDigests.toReversed(), Id: 'sha256:id' })).toBe(content);
});

test('a base that was never pulled is known by its id', () => {
  expect(contentOf('local:1', { RepoDigests: null, Id: 'sha256:id' })).toBe('sha256:id');
});

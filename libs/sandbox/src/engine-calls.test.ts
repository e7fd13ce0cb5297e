import { expect, test } from '@jest/globals';
import { engineCallName, engineCallOutcome } from './engine-calls.js';

test.each([
  ['create a container', 'create'],
  ['attach to a container', 'attach'],
  ['look up the image sha256:0123456789abcdef', 'image'],
  ['look up the image whatever somebody has called it', 'image'],
  ['take the lock of a build', 'other'],
])('%s is counted as %s', (doing, name) => {
  expect(engineCallName(doing)).toBe(name);
});

test.each([
  [{ statusCode: 404 }, 'refused'],
  [{ statusCode: 409 }, 'refused'],
  [{ statusCode: 500 }, 'failed'],
  [{ code: 'ECONNREFUSED' }, 'failed'],
  [new Error('the Docker engine does not answer'), 'failed'],
])('%j is a call that the engine has %s', (error, outcome) => {
  expect(engineCallOutcome(error)).toBe(outcome);
});

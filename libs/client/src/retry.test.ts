import { describe, expect, test } from '@jest/globals';
import { GantryApiError, GantryConnectionError } from './errors.js';
import { backoffMs, parseRetryAfter, retryDelayMs } from './retry.js';

function apiError(status: number, retryAfterSeconds: number | null = null): GantryApiError {
  const problem = {
    type: '',
    title: '',
    status,
    detail: '',
    instance: '',
    code: 'x',
    suggestion: '',
    retryable: true,
    errors: [],
  };
  return new GantryApiError(problem, retryAfterSeconds);
}

describe('the pause before a repeat', () => {
  test.each([
    [1, 0, 125],
    [1, 1, 250],
    [2, 1, 500],
    [5, 1, 4000],
    [6, 1, 5000],
    [60, 0, 2500],
  ])('after failure %i with chance %f is %i ms', (failures, random, expected) => {
    expect(backoffMs(failures, 250, random)).toBe(expected);
  });

  test.each([
    ['a queue that is full', apiError(429), 250],
    ['a service that asks for 3 s', apiError(503, 3), 3000],
    ['a service that asks for less than the back-off', apiError(503, 0), 250],
    ['a service that asks for an hour', apiError(503, 3600), null],
    ['a proxy without a gateway', apiError(502), 250],
    ['a fault of the service', apiError(500), null],
    ['a bad request', apiError(422), null],
    ['a missing execution', apiError(404), null],
    ['a broken connection', new GantryConnectionError('interrupted', ''), 250],
    ['a bad certificate', new GantryConnectionError('untrusted', ''), null],
    ['a fault of our own', new TypeError(), null],
  ])('for %s', (_, error, expected) => {
    expect(retryDelayMs(error, 1, 250, 1)).toBe(expected);
  });

  test.each([
    [null, null],
    ['7', 7],
    [' 0 ', 0],
    ['soon', null],
    ['-1', null],
    ['Thu, 01 Jan 1970 00:00:12 GMT', 2],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ])('reads Retry-After %j as %j s', (header, seconds) => {
    expect(parseRetryAfter(header, 10_000)).toBe(seconds);
  });
});

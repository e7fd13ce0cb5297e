import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { SendOutcome } from '../ports/index.js';
import { isPassing, retryDelay } from './retry-schedule.js';
import { SecretBox } from './secret-box.js';
import { secretBytes, secretText, signedHeaders } from './sign-webhook.js';

const answered = (httpStatus: number, retryAfterMs: number | null = null): SendOutcome => ({
  httpStatus,
  fault: 'http_status',
  retryAfterMs,
});

describe('repeats of a webhook', () => {
  test.each([408, 425, 429, 500, 502, 503, 599])('%d is tried again', (status) => {
    expect(isPassing(answered(status))).toBe(true);
  });

  test.each([400, 401, 404, 410, 422])('%d is final', (status) => {
    expect(isPassing(answered(status))).toBe(false);
  });

  test.each([
    ['timeout', true],
    ['connection_failed', true],
    ['name_not_found', true],
    ['tls_failed', true],
    ['redirect', false],
    ['address_refused', false],
    ['signing_failed', false],
  ] as const)('%s: %s', (fault, passing) => {
    expect(isPassing({ httpStatus: null, fault })).toBe(passing);
  });

  test('waits as scheduled, a little spread, and as long as the receiver asks, up to a day; then no more', () => {
    const at = (tries: number, random: number, outcome = answered(500)): number | null =>
      retryDelay(outcome, { tries, schedule: [5000, 30_000], random });
    expect([at(1, 0), at(1, 0.5), at(1, 1)]).toEqual([4000, 5000, 6000]);
    expect([at(2, 0.5), at(3, 0.5)]).toEqual([30_000, null]);
    expect(at(1, 0.5, answered(429, 60_000))).toBe(60_000);
    expect(at(1, 0.5, answered(503, 1e12))).toBe(86_400_000);
    expect(at(1, 0.5, answered(404, 60_000))).toBeNull();
  });
});

describe('signatures', () => {
  test('are those of the example in the specification of Standard Webhooks', () => {
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', nowMs: 1_614_265_330_000 };
    expect(signedHeaders(message, [secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
    expect(signedHeaders(message, [])).not.toHaveProperty('webhook-signature');
  });

  test('a secret is its bytes and back', () => {
    const bytes = randomBytes(32);
    expect(secretBytes(secretText(bytes))).toEqual(bytes);
  });
});

describe('a box of secrets', () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const secret = randomBytes(24);

  test('opens what it sealed for the same owner only, and nothing that was changed', () => {
    const box = new SecretBox([first]);
    const sealed = box.seal(secret, 'acme:mine');
    expect(sealed).not.toContain(secret.toString('base64'));
    expect(box.open(sealed, 'acme:mine')).toEqual(secret);
    expect(box.open(sealed, 'other:mine')).toBeNull();
    expect(box.open(`${sealed.slice(0, -4)}AAA=`, 'acme:mine')).toBeNull();
    expect(box.open('nothing', 'acme:mine')).toBeNull();
  });

  test('reads with former keys, and seals with the first', () => {
    const before = new SecretBox([first]).seal(secret, 'acme:mine');
    const turned = new SecretBox([second, first]);
    expect(turned.open(before, 'acme:mine')).toEqual(secret);
    expect(new SecretBox([first]).open(turned.seal(secret, 'acme:mine'), 'acme:mine')).toBeNull();
  });
});

import { describe, expect, test } from '@jest/globals';
import { readiness, type ReadinessFacts } from './readiness.js';

const WELL: ReadinessFacts = {
  ping: () => Promise.resolve('PONG'),
  engine: { available: true, version: '20.10', images: 1, executorDigest: 'sha256:1', message: null },
  refusal: null,
  image: 'gantry/executor',
  closedBecause: null,
};
const down = { ...WELL.engine, available: false, executorDigest: null };

describe('the readiness of a worker', () => {
  test('is given when every part is well', async () => {
    const view = await readiness(WELL);
    expect(view.ready).toBe(true);
    expect(Object.keys(view.checks)).toEqual(['redis', 'engine', 'isolation', 'image', 'intake']);
  });

  test.each<[string, Partial<ReadinessFacts>, string[], RegExp]>([
    ['redis', { ping: () => Promise.reject(new Error('Command timed out')) }, ['redis'], /Command timed out/],
    ['engine', { engine: { ...down, message: 'connect ENOENT' } }, ['engine', 'isolation', 'image'], /connect ENOENT/],
    [
      'isolation',
      { refusal: 'It does not isolate: network', engine: { ...down, message: 'It does not isolate: network' } },
      ['isolation', 'image'],
      /does not isolate: network/,
    ],
    [
      'image',
      { engine: { ...WELL.engine, executorDigest: null } },
      ['image'],
      /does not have the image gantry\/executor/,
    ],
    ['intake', { closedBecause: 'draining' }, ['intake'], /draining/],
  ])('names the %s when that is what is missing', async (part, facts, failing, message) => {
    const view = await readiness({ ...WELL, ...facts });
    expect(view.ready).toBe(false);
    expect(Object.entries(view.checks).flatMap(([name, { ok }]) => (ok ? [] : [name]))).toEqual(failing);
    expect(view.checks[part]?.message).toMatch(message);
  });
});

import { describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { knownWorker } from '@gantry/core/fakes';
import { readiness, type ReadinessDeps } from './readiness.js';

const away = (): Promise<never> => Promise.reject(new AppError('redis_unavailable', 'Redis does not answer'));
const engine = { available: true, version: '20.10', images: 1, executorDigest: 'sha256:1', message: null };
const worker = knownWorker({ engine });
const down = { ...worker.engine, available: false, executorDigest: null, message: 'connect ENOENT' };
const open = new AbortController().signal;
const WELL: ReadinessDeps = {
  workers: { list: () => Promise.resolve([worker]) },
  queue: { depth: () => Promise.resolve({ waiting: 0, active: 0 }) },
  shutdown: open,
};
const having = (...workers: object[]): Partial<ReadinessDeps> => ({
  workers: { list: () => Promise.resolve(workers as (typeof worker)[]) },
});

describe('the readiness of a gateway', () => {
  test('is given when every part is well, and while one worker of several can run something', async () => {
    expect(await readiness(WELL)).toMatchObject({ ready: true });
    expect(await readiness({ ...WELL, ...having({ ...worker, engine: down }, worker) })).toMatchObject({ ready: true });
  });

  test.each<[string, Partial<ReadinessDeps>, string[], string]>([
    [
      'redis',
      { workers: { list: away }, queue: { depth: away } },
      ['redis', 'queue', 'workers', 'engine', 'image'],
      'Redis does not answer',
    ],
    ['queue', { queue: { depth: away } }, ['queue'], 'The queue does not answer'],
    ['workers', having(), ['workers', 'engine', 'image'], 'No worker is connected; start one with the same REDIS_URL'],
    ['workers', having({ ...worker, draining: true }), ['workers'], 'All workers are draining'],
    ['engine', having({ ...worker, engine: down }), ['workers', 'engine', 'image'], 'connect ENOENT'],
    [
      'image',
      having({ ...worker, engine: { ...worker.engine, executorDigest: null } }),
      ['image'],
      'No worker has its executor image',
    ],
    ['intake', { shutdown: AbortSignal.abort() }, ['intake'], 'shutting down'],
    ['intake', { leaving: AbortSignal.abort() }, ['intake'], 'shutting down'],
  ])('names the %s when that is what is missing', async (part, deps, failing, message) => {
    const { ready, checks } = await readiness({ ...WELL, ...deps });
    expect(ready).toBe(false);
    expect(Object.entries(checks).flatMap(([name, { ok }]) => (ok ? [] : [name]))).toEqual(failing);
    expect(checks[part]).toEqual({ ok: false, message });
  });
});

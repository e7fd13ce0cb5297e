import { expect, test } from '@jest/globals';
import { AppError, type QueuePlace } from '@gantry/contracts';
import { knownWorker } from './fakes/index.js';
import { estimatedWaitMs, queueEstimate, slotsFor } from './queue-estimate.js';

const place: QueuePlace = { ahead: 9, ownAhead: 3, meanRunMs: 1000, maxRunning: null };

test.each([
  ['as many slots as are before it', place, 9, 1056],
  ['one slot', place, 1, 9500],
  ["its tenant's cap comes first", { ...place, maxRunning: 1 }, 9, 3500],
  ['nothing has run lately', { ...place, meanRunMs: null }, 9, null],
  ['nobody serves it', place, 0, null],
])('estimates the wait: %s', (_title, known, slots, waitMs) => {
  expect(estimatedWaitMs(known, slots)).toBe(waitMs);
});

test('counts the slots of those who can run it now', () => {
  const workers = [
    knownWorker({ slots: 2, tags: ['gpu', 'eu'] }),
    knownWorker({ slots: 4 }),
    knownWorker({ slots: 8, tags: ['gpu'], draining: true }),
  ];
  expect([slotsFor([], workers), slotsFor(['gpu'], workers), slotsFor(['us'], workers)]).toEqual([6, 2, 0]);
});

test('tells nothing of what does not wait, and nothing while it cannot be asked', async () => {
  const workers = { list: () => Promise.resolve([]) };
  const known = { scheduler: { place: () => Promise.resolve(place) }, workers };
  const waiting = { id: 'x', status: 'pending', requires: [] } as const;
  expect(await queueEstimate(known, waiting)).toEqual({ position: 10, waitMs: null });
  expect(await queueEstimate(known, { ...waiting, status: 'running' })).toBeNull();
  const away = { place: () => Promise.reject(new AppError('redis_unavailable', 'away')) };
  expect(await queueEstimate({ scheduler: away, workers }, waiting)).toBeNull();
});

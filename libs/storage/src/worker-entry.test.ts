import { describe, expect, test } from '@jest/globals';
import { readWorkerEntry } from './worker-entry.js';

const engine = { available: true, version: '20.10', images: 1, executorDigest: null, message: null };
const status = { id: 'w', host: 'h', pid: 1, slots: 2, running: 0, draining: false, engine, images: [] };
const read = (value: unknown): ReturnType<typeof readWorkerEntry> => readWorkerEntry(JSON.stringify(value), 6000);

describe("a worker's entry in the directory", () => {
  test('of a version before this one is read with defaults for what it did not say', () => {
    const old = { ...status, at: 1, startedAt: 1, imageFailures: [{ id: 'r', message: 'no', at: 5 }] };
    expect(read({ until: 10_000, status: old })).toMatchObject({
      until: 10_000,
      said: 4000,
      status: { id: 'w', version: 'unknown', instance: '', labels: {}, tags: [], pool: [], drained: false },
    });
    expect(read({ until: 10_000, status: old }).status?.imageFailures).toEqual([{ id: 'r', message: 'no', agoMs: 0 }]);
  });

  test('of a later version is read without the fields that it has more', () => {
    const later = { ...status, gpu: { count: 8 }, engine: { ...engine, kind: 'podman' } };
    const entry = read({ until: 10_000, said: 9000, zone: 'a', status: later });
    expect(entry).toMatchObject({ said: 9000, status: { id: 'w', engine } });
    expect(entry.status).not.toHaveProperty('gpu');
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /not JSON/],
    ['null', 'null', /status/],
    ['an array', '[1]', /status/],
    ['no status', '{"until":5}', /status/],
    ['a status of another kind', '{"until":5,"status":{"id":7}}', /status\.id/],
    ['a negative number of slots', JSON.stringify({ until: 5, status: { ...status, slots: -1 } }), /status\.slots/],
    ['an engine that is a text', JSON.stringify({ until: 5, status: { ...status, engine: 'up' } }), /status\.engine/],
  ])('that is %s is told as not understood', (_, text, fault) => {
    const entry = readWorkerEntry(text, 6000);
    expect(entry.status).toBeNull();
    expect(entry.fault).toMatch(fault);
  });
});

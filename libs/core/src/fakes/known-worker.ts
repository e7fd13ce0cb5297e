import type { KnownWorker } from '@gantry/contracts';

/** A worker that is well and idle, but for what a test says. */
export function knownWorker(facts: Partial<KnownWorker> = {}): KnownWorker {
  return {
    id: 'w1',
    instance: '1',
    host: 'h',
    pid: 1,
    version: '1.2.3',
    labels: {},
    tags: [],
    uptimeMs: 1000,
    ageMs: 0,
    slots: 1,
    running: 0,
    draining: false,
    drained: false,
    pool: [],
    engine: { available: true, version: '1', images: 1, executorDigest: null, message: null },
    images: [],
    imageFailures: [],
    ...facts,
  };
}

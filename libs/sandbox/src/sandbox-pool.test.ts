import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DEFAULT_LIMITS, type Logger } from '@gantry/core';
import type { ReadyContainer } from './ready-container.js';
import { containerLimits, type SandboxClass } from './sandbox-class.js';
import { SandboxPool } from './sandbox-pool.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const PYTHON: SandboxClass = { image: 'i', limits: containerLimits(DEFAULT_LIMITS), preload: 'python' };

describe('a pool under load', () => {
  let now = 0;
  let made: (string | null)[] = [];
  let removed = 0;
  let pool: SandboxPool;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    [now, made, removed] = [0, [], 0];
    pool = new SandboxPool({
      create: ({ preload }) => {
        made.push(preload);
        const container = { isAlive: true, onDeath: () => undefined, remove: () => Promise.resolve(removed++) };
        return Promise.resolve(container as unknown as ReadyContainer);
      },
      settings: { maxReady: 2, forgetAfterMs: 60_000 },
      clock: { now: () => now, monotonic: () => now },
      logger: silent,
    });
  });
  afterEach(async () => {
    const closed = pool.close();
    await jest.runOnlyPendingTimersAsync();
    await closed;
    jest.useRealTimers();
  });
  async function passes(ms: number): Promise<void> {
    now += ms;
    await jest.advanceTimersByTimeAsync(ms);
  }

  test('starts interpreters in advance while there is time for it', async () => {
    pool.prepare(PYTHON);
    await passes(100);
    expect(made).toEqual(['python']);
  });

  test('starts none while requests find no sandbox ready, and replaces those without one afterwards, one by one', async () => {
    for (let i = 0; i < 4; i++) expect(pool.take(PYTHON)).toBeNull();
    await passes(100);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made)).toEqual(new Set([null]));
    const hurried = made.length;
    expect(hurried).toBe(2);
    await passes(5000);
    expect(removed).toBe(1);
    expect(made.slice(hurried)).toEqual(['python']);
    await passes(5000);
    expect(made.slice(hurried)).toEqual(['python', 'python']);
    expect(pool.take(PYTHON)).not.toBeNull();
  });

  test('is not hurried by a few that found none over a longer time', async () => {
    for (let i = 0; i < 4; i++) {
      pool.take({ ...PYTHON, image: 'other' });
      expect(pool.take(PYTHON) === null || made.length > 0).toBe(true);
      await passes(2000);
    }
    expect(made).not.toContain(null);
  });
});

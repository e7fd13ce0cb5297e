import { describe, expect, test } from '@jest/globals';
import type { Announcement, Clock, Logger, WorkerPresence } from '@gantry/core';
import type { WorkerFacts } from './heartbeat.js';
import { joinDirectory } from './join-directory.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const facts: WorkerFacts = {
  id: 'node-1',
  instance: '2',
  host: 'h',
  pid: 1,
  version: '1',
  labels: {},
  tags: [],
  slots: 1,
};
const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Answers as told, the last one again and again. */
function answering(...answers: (() => Announcement)[]): { presence: WorkerPresence; asked: () => number } {
  let asked = 0;
  const announce = (): Promise<Announcement> => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    return Promise.resolve(answer?.() ?? { kind: 'said', order: null });
  };
  const unused = (): never => {
    throw new Error('not asked for here');
  };
  return { presence: { announce, withdraw: unused, alive: unused, onOrder: unused }, asked: () => asked };
}
const taken = (goneInMs: number): Announcement => ({ kind: 'taken', by: { host: 'other', pid: 7 }, goneInMs });

describe('joining the directory', () => {
  test('takes a name that is free', async () => {
    const { presence, asked } = answering(() => ({ kind: 'said', order: null }));
    await joinDirectory({ presence, facts, clock, logger: silent });
    expect(asked()).toBe(1);
  });

  test('waits for the end of a process of this name that has fallen silent', async () => {
    const end = performance.now() + 600;
    const left = (): Announcement => taken(end - performance.now());
    const { presence, asked } = answering(left, left, left, () => ({ kind: 'said', order: null }));
    await joinDirectory({ presence, facts, clock, logger: silent });
    expect(asked()).toBe(4);
  });

  test('refuses the name of a process that is heard again, and says which one it is', async () => {
    const { presence } = answering(() => taken(6000));
    await expect(joinDirectory({ presence, facts, clock, logger: silent })).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('"node-1" lives already (process 7 on other)') as unknown,
    });
  });
});

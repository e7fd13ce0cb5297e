import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Logger } from '@gantry/core';
import type { Engine } from '../engine.js';
import { EngineLock } from './engine-lock.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const CREATED = '2030-01-01T00:00:00.000000001Z';
const ORDER = { name: 'lock', imageId: 'sha256:1', labels: {} };

/** An engine where a container of that name is already, in the given state and at the given age. */
function engineWith(state: string, ageSeconds: number) {
  const refused = (statusCode: number): Error => Object.assign(new Error('refused'), { cause: { statusCode } });
  const told = { removed: [] as string[], held: true };
  const call = (_doing: string, request: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> =>
    request(new AbortController().signal);
  const container = (id: string): object => ({
    id,
    start: async () => undefined,
    inspect: async () => ({ Id: 'holder', Created: CREATED, State: { Status: state } }),
    remove: async () => {
      told.removed.push(id);
      if (id === 'holder') told.held = false;
    },
  });
  const docker = {
    createContainer: async () => (told.held ? Promise.reject(refused(409)) : container('mine')),
    getContainer: container,
    info: async () => ({ SystemTime: new Date(Date.parse(CREATED) + ageSeconds * 1000).toISOString() }),
  };
  const attach = async (): Promise<Duplex> => Duplex.from([]);
  return { told, engine: { docker, call, read: call, attach } as unknown as Engine };
}

describe('the lock of a build', () => {
  test('whose owner died before it started it is taken over after a minute', async () => {
    const { engine, told } = engineWith('created', 61);
    const { signal } = new AbortController();
    const lock = await EngineLock.acquire({ engine, logger: silent }, ORDER, async () => false, signal);
    expect(told.removed).toEqual(['holder']);
    await lock?.[Symbol.asyncDispose]();
    expect(told.removed).toEqual(['holder', 'mine']);
  });

  test.each([
    ['may still be started', 'created', 59],
    ['is held', 'running', 3600],
  ])('that %s is waited for', async (_, state, age) => {
    const { engine, told } = engineWith(state, age);
    const { signal } = new AbortController();
    let waits = 0;
    const done = async (): Promise<boolean> => (waits += 1) > 2;
    expect(await EngineLock.acquire({ engine, logger: silent }, ORDER, done, signal)).toBeNull();
    expect(told.removed).toEqual([]);
  });
});

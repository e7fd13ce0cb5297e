import { expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import type { AttemptStore } from '@gantry/core';
import { FakeClock } from '@gantry/core/fakes';
import { silentLogger } from '@gantry/service';
import { Reaper } from './reaper.js';

function reaperOver(looks: (() => string[])[]): { reaper: Reaper<unknown, string>; ended: string[]; clock: FakeClock } {
  const clock = new FakeClock();
  const ended: string[] = [];
  const attempts = {
    lapsed: async () => looks.shift()?.() ?? [],
    lose: async (id: string) => (ended.push(id), 'ended'),
  } as unknown as AttemptStore<unknown, string>;
  return { reaper: new Reaper({ attempts, lost: () => 'lost', clock, logger: silentLogger }), ended, clock };
}

test('ends what is seen lapsed in two rounds, and nothing that was prolonged in between', async () => {
  const { reaper, ended } = reaperOver([() => ['a', 'b'], () => ['b'], () => ['a']]);
  await reaper.round();
  expect(ended).toEqual([]);
  await reaper.round();
  expect(ended).toEqual(['b']);
  await reaper.round();
  expect(ended).toEqual(['b']);
});

test('believes neither a look before one that failed nor one that had to wait: nobody could prolong a lease', async () => {
  const full = (): string[] => {
    throw new AppError('redis_unavailable', 'full');
  };
  const { reaper, ended, clock } = reaperOver([
    () => ['a'],
    full,
    () => ['a'],
    () => (clock.advance(5000), ['a']),
    () => ['a'],
  ]);
  await reaper.round();
  await expect(reaper.round()).rejects.toThrow('full');
  await reaper.round();
  await reaper.round();
  expect(ended).toEqual([]);
  await reaper.round();
  expect(ended).toEqual(['a']);
});

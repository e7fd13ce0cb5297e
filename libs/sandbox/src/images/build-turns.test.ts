import { describe, expect, test } from '@jest/globals';
import { BuildTurns } from './build-turns.js';

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes a turn and says what becomes of it. */
function asks(turns: BuildTurns, signal = never) {
  const told = { waits: false, has: null as Disposable | null, refused: null as unknown };
  const asking = turns.take(() => (told.waits = true), signal);
  asking.then(
    (has) => (told.has = has),
    (error: unknown) => (told.refused = error),
  );
  return told;
}

describe('turns of builds', () => {
  test('are had at once up to the number, and in order after that', async () => {
    const turns = new BuildTurns(2);
    const all = [1, 2, 3, 4].map(() => asks(turns));
    await turn();
    expect(all.map(({ has }) => has !== null)).toEqual([true, true, false, false]);
    expect(all.map(({ waits }) => waits)).toEqual([false, false, true, true]);
    all[1]?.has?.[Symbol.dispose]();
    all[1]?.has?.[Symbol.dispose]();
    await turn();
    expect(all.map(({ has }) => has !== null)).toEqual([true, true, true, false]);
    all[0]?.has?.[Symbol.dispose]();
    all[2]?.has?.[Symbol.dispose]();
    await turn();
    expect(all[3]?.has).not.toBeNull();
    const [fifth, sixth] = [asks(turns), asks(turns)];
    await turn();
    expect([fifth.has !== null, sixth.has !== null]).toEqual([true, false]);
  });

  test('are not kept by one that leaves while it waits', async () => {
    const turns = new BuildTurns(1);
    const first = asks(turns);
    const leaving = new AbortController();
    const [second, third] = [asks(turns, leaving.signal), asks(turns)];
    await turn();
    leaving.abort(new Error('left'));
    // In the same moment, so that the turn comes to one that has just left.
    first.has?.[Symbol.dispose]();
    await turn();
    expect(second.refused).toMatchObject({ message: 'left' });
    expect(second.has).toBeNull();
    expect(third.has).not.toBeNull();
    const late = asks(turns, leaving.signal);
    await turn();
    expect(late.refused).toMatchObject({ message: 'left' });
  });
});

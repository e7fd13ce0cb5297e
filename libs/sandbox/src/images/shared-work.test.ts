import { describe, expect, test } from '@jest/globals';
import { SharedWork } from './shared-work.js';

const never = new AbortController().signal;
function watcher(): { lines: string[]; line(text: string): void; progress(message: string): void } {
  const lines: string[] = [];
  return { lines, line: (text) => void lines.push(text), progress: (message) => void lines.push(`(${message})`) };
}

describe('work that several wait for', () => {
  test('is done once; each sees what is told from when it joined', async () => {
    let tell = (_text: string): void => undefined;
    let finish = (_value: number): void => undefined;
    let begun = 0;
    const work = new SharedWork<number>((told) => {
      begun += 1;
      tell = (text) => told.line(text);
      told.progress('half way', 50);
      return new Promise((resolve) => (finish = resolve));
    });
    const [first, second] = [watcher(), watcher()];
    const waiting = [work.join(first, never)];
    tell('one');
    waiting.push(work.join(second, never));
    tell('two');
    finish(7);
    expect(await Promise.all(waiting)).toEqual([7, 7]);
    expect([first.lines, second.lines]).toEqual([
      ['(half way)', 'one', 'two'],
      ['(half way)', 'two'],
    ]);
    expect(begun).toBe(1);
  });

  test('goes on until the last has left, who waits for its end', async () => {
    let aborted: unknown;
    let ended = false;
    const work = new SharedWork<number>(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            setImmediate(() => {
              ended = true;
              reject(new Error('stopped'));
            });
          });
        }),
    );
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [one, two].map(({ signal }) => work.join(watcher(), signal));
    one.abort('first');
    await expect(waiting[0]).rejects.toBe('first');
    expect([aborted, work.abandoned]).toEqual([undefined, false]);
    two.abort('second');
    await expect(waiting[1]).rejects.toBe('second');
    expect([aborted, work.abandoned, ended]).toEqual(['second', true, true]);
  });

  test('that fails fails for all', async () => {
    const work = new SharedWork<number>(() => Promise.reject(new Error('broken')));
    await expect(work.join(watcher(), never)).rejects.toThrow('broken');
    await expect(work.join(watcher(), never)).rejects.toThrow('broken');
  });
});

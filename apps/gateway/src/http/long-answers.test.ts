import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { Response } from 'express';
import { LongAnswers } from './long-answers.js';

class Answer extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a few answers are made at once; the next one begins when one is over, and who has gone is passed over', async () => {
  const answers = new LongAnswers();
  const responses = Array.from({ length: 5 }, () => new Answer());
  const begun: number[] = [];
  for (const [i, response] of responses.entries()) {
    const turn = answers.turnOf(response as unknown as Response);
    void turn().then(() => begun.push(i));
    void turn();
  }
  await settled();
  expect(begun).toEqual([0, 1]);
  responses[2]?.destroy();
  responses[1]?.destroy();
  await settled();
  expect(begun).toEqual([0, 1, 2, 3]);
  responses[0]?.destroy();
  await settled();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const i of [3, 4]) responses[i]?.destroy();
  const later = Array.from({ length: 2 }, () => answers.turnOf(new Answer() as unknown as Response)());
  await Promise.all(later);
});

test('who does not take its answer is cut, and the next one has its turn', async () => {
  const answers = new LongAnswers(20);
  const responses = Array.from({ length: 3 }, () => new Answer());
  await Promise.all(responses.map((response) => answers.turnOf(response as unknown as Response)()));
  expect(responses.filter(({ destroyed }) => destroyed).length).toBeGreaterThan(0);
});

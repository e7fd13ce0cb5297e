import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { boundedLog } from './bounded-log.js';

test('tells how often a line was left out, at its level, without the fields of who wrote it', () => {
  const lines: string[] = [];
  let now = 0;
  const { hook, own, budget } = boundedLog(() => now);
  const logger = pino(
    { base: null, timestamp: false, hooks: { logMethod: hook } },
    { write: (line) => void lines.push(line) },
  );
  own(logger);
  const child = logger.child({ jobId: 'j' });
  for (let i = 0; i < 502; i++) child.error({ i }, 'it is away');
  expect(lines.length).toBe(20);
  now = 9500;
  budget.summarise();
  expect(lines.slice(20).map((line) => JSON.parse(line) as object)).toEqual([
    { level: 50, more: 482, inSeconds: 10, msg: 'it is away' },
  ]);
});

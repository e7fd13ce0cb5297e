import { expect, test } from '@jest/globals';
import { ActiveAttempts } from './active-attempts.js';

test('stops an attempt that this worker has lost when the execution comes back to it as the next one', () => {
  const active = new ActiveAttempts();
  const lost = active.enter('exec_1', 1);
  using next = active.enter('exec_1', 2);
  expect(lost.signal.reason).toBe('lost');
  expect(next.signal.aborted).toBe(false);
  lost[Symbol.dispose]();
  expect(active.list()).toEqual([{ id: 'exec_1', attempt: 2 }]);
  active.stop('exec_1', 'cancelled');
  expect(next.signal.reason).toBe('cancelled');
});

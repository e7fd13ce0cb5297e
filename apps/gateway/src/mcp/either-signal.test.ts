import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { EitherSignal } from './either-signal.js';

test('aborts with either signal, also with one that had aborted before', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  using either = new EitherSignal(a.signal, b.signal);
  expect(either.signal.aborted).toBe(false);
  b.abort();
  expect(either.signal.aborted).toBe(true);
  using late = new EitherSignal(a.signal, b.signal);
  expect(late.signal.aborted).toBe(true);
});

test('leaves nothing behind at its sources', () => {
  const lasting = new AbortController();
  {
    using either = new EitherSignal(lasting.signal);
    expect(either.signal.aborted).toBe(false);
    expect(getEventListeners(lasting.signal, 'abort')).toHaveLength(1);
  }
  expect(getEventListeners(lasting.signal, 'abort')).toHaveLength(0);
});

import { expect, test } from '@jest/globals';
import type { ExecutionEvent, NewEvent } from '@gantry/contracts';
import type { EventLog } from '@gantry/core';
import { outputSoFar } from './output-so-far.js';

function logOf(events: NewEvent[]): EventLog {
  const kept = events.map((event, i): ExecutionEvent => ({ ...event, seq: i + 1, at: 0 }));
  return { recent: async () => kept } as unknown as EventLog;
}

test('begins anew with each attempt', async () => {
  const out = (text: string): NewEvent => ({ type: 'stdout', data: { text, encoding: 'utf-8' } });
  const lost: NewEvent[] = [
    { type: 'status', data: { status: 'running', attempt: 1, worker: 'a' } },
    out('lost'),
    { type: 'stderr', data: { text: 'lost too', encoding: 'utf-8' } },
    { type: 'status', data: { status: 'pending', attempt: 1 } },
    { type: 'progress', data: { message: 'worker lost, trying again (attempt 2 of 2)' } },
  ];
  expect(await outputSoFar(logOf(lost), 'exec_1')).toEqual({ stdout: '', stderr: '' });
  const again: NewEvent[] = [
    { type: 'status', data: { status: 'running', attempt: 2, worker: 'b' } },
    out('a'),
    out('b'),
  ];
  expect(await outputSoFar(logOf([...lost, ...again]), 'exec_1')).toEqual({ stdout: 'ab', stderr: '' });
});

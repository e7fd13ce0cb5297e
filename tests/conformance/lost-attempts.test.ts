import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionEvent } from '@gantry/contracts';
import type { AttemptStore, EventLog, ExecutionStore, Scheduler } from '@gantry/core';
import { MemoryExecutions } from '@gantry/core/fakes';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions } from '../support/redis-executions.js';

interface Ports extends AsyncDisposable {
  store: ExecutionStore;
  attempts: AttemptStore;
  events: EventLog;
  scheduler: Scheduler;
  owed: number[];
}

function openMemory(): Promise<Ports> {
  const memory = new MemoryExecutions({ now: () => Date.now(), monotonic: () => performance.now() });
  const owed: number[] = [];
  memory.onOwed = (tokens) => void owed.push(tokens);
  const ports = { store: memory, attempts: memory, events: memory, scheduler: memory, owed };
  return Promise.resolve({ ...ports, [Symbol.asyncDispose]: () => Promise.resolve() });
}

const lost = sampleResult({ status: 'failed', reason: 'worker_lost' });
const output = (text: string): { type: 'stdout'; data: { text: string; encoding: 'utf-8' } } => ({
  type: 'stdout',
  data: { text, encoding: 'utf-8' },
});

describe.each(
  backends<[string, () => Promise<Ports>]>([
    ['in memory', openMemory],
    ['on Redis', openRedisExecutions],
  ]),
)('an execution whose worker is lost %s', (_name, open) => {
  let ports: Ports;
  let nonces: number;
  beforeEach(async () => {
    ports = await open();
    nonces = 0;
  });
  afterEach(async () => {
    await ports[Symbol.asyncDispose]();
  });

  async function accepted(retryOnWorkerLost: number, more: { requires?: string[]; maxRunning?: number } = {}) {
    const { requires = [], maxRunning } = more;
    const request = sampleRequest({ retryOnWorkerLost, requires });
    const execution = sampleExecution({ request, ...(maxRunning === undefined ? {} : { maxRunning }) });
    await ports.store.create(execution);
    expect(await ports.store.accept(execution.id)).toBe(true);
    return execution.id;
  }
  async function take(tags: string[] = []): Promise<{ id: string; nonce: string; failedBefore: number } | null> {
    const nonce = `n${++nonces}`;
    const taken = await ports.scheduler.take({ worker: 'w', nonce, leaseMs: 60_000, tags });
    return taken && { id: taken.record.id, nonce, failedBefore: taken.failedBefore };
  }
  async function begin(leaseMs: number, tags: string[] = []): Promise<number> {
    const { id, nonce } = (await take(tags)) ?? { id: '', nonce: '' };
    const outcome = await ports.attempts.start(id, { worker: `w${nonces}`, nonce, leaseMs });
    if (outcome.kind !== 'started') throw new Error(`not started: ${outcome.kind}`);
    return outcome.attempt;
  }
  const seenLapsed = (id: string): Promise<void> =>
    eventually(async () => expect(await ports.attempts.lapsed(10)).toContain(id));
  async function eventsOf(id: string): Promise<ExecutionEvent[]> {
    return ports.events.recent(id, 100);
  }

  test('is kept while its lease has not run out, also when it had before it was prolonged', async () => {
    const id = await accepted(1);
    await begin(1);
    await seenLapsed(id);
    await ports.attempts.renew([{ id, attempt: 1 }], 60_000);
    expect(await ports.attempts.lose(id, lost)).toBe('kept');
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'running', attempt: 1 });
    expect(await ports.attempts.finish(id, 1, sampleResult())).toBe(true);
    expect(await ports.attempts.lose(id, lost)).toBe('kept');
    expect(await ports.attempts.lose('exec_unknown', lost)).toBe('kept');
  });

  test('ends when its request allows no further attempt', async () => {
    const id = await accepted(0);
    await begin(1);
    await seenLapsed(id);
    expect(await ports.attempts.lose(id, lost)).toBe('ended');
    expect(await ports.attempts.lose(id, lost)).toBe('kept');
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'failed', attempt: 1, result: lost });
    expect(ports.owed).toEqual([]);
  });

  test('waits again before those that came after it, says why, and starts as the next attempt until none is left', async () => {
    const id = await accepted(1);
    const later = await accepted(0);
    await begin(1);
    await ports.events.append({ id, attempt: 1, offset: 0 }, [output('first')]);
    await seenLapsed(id);
    expect(await ports.attempts.lose(id, lost)).toBe('again');
    // A repeat after a lost answer.
    expect(await ports.attempts.lose(id, lost)).toBe('kept');
    expect(ports.owed).toEqual([1]);
    expect(await ports.attempts.lapsed(10)).toEqual([]);
    const waiting = { status: 'pending', attempt: 1, worker: null, startedAt: null, finishedAt: null, result: null };
    expect(await ports.store.get(id, 'acme')).toMatchObject(waiting);
    expect(await ports.scheduler.takeable()).toBe(2);
    expect(await ports.scheduler.place(id)).toMatchObject({ ahead: 0 });
    expect(await begin(1)).toBe(2);
    await ports.events.append({ id, attempt: 2, offset: 0 }, [output('second')]);
    expect((await eventsOf(id)).map(({ seq, type, data }) => [seq, type, data])).toEqual([
      [1, 'status', { status: 'pending', attempt: 0 }],
      [2, 'status', { status: 'running', attempt: 1, worker: 'w1' }],
      [3, 'stdout', { text: 'first', encoding: 'utf-8' }],
      [4, 'status', { status: 'pending', attempt: 1 }],
      [5, 'progress', { message: 'worker lost, trying again (attempt 2 of 2)' }],
      [6, 'status', { status: 'running', attempt: 2, worker: 'w2' }],
      [7, 'stdout', { text: 'second', encoding: 'utf-8' }],
    ]);
    await seenLapsed(id);
    expect(await ports.attempts.lose(id, lost)).toBe('ended');
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'failed', attempt: 2 });
    expect((await take())?.id).toBe(later);
  });

  test('is given up by its own worker at once, and by nobody else', async () => {
    const id = await accepted(1);
    await begin(60_000);
    expect(await ports.attempts.lose(id, lost, 2)).toBe('kept');
    expect(await ports.attempts.lose(id, lost, 1)).toBe('again');
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'pending', attempt: 1, worker: null });
    expect(await begin(60_000)).toBe(2);
    // Of the attempt before, told again after a lost answer.
    expect(await ports.attempts.lose(id, lost, 1)).toBe('kept');
    expect(await ports.attempts.lose(id, lost, 2)).toBe('ended');
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'failed', attempt: 2 });
  });

  test('can be changed by nothing of the lost attempt, neither while it waits nor when it runs again', async () => {
    const id = await accepted(1);
    await begin(1);
    await seenLapsed(id);
    await ports.attempts.lose(id, lost);
    const stale = async (): Promise<void> => {
      const before = await eventsOf(id);
      expect(await ports.events.append({ id, attempt: 1, offset: 0 }, [output('late')])).toBe(false);
      const last = { offset: 0, events: [output('late')], complete: true };
      expect(await ports.attempts.finish(id, 1, sampleResult(), last)).toBe(false);
      expect(await ports.attempts.renew([{ id, attempt: 1 }], 60_000)).toEqual([{ id, why: 'lost' }]);
      expect(await eventsOf(id)).toEqual(before);
    };
    await stale();
    expect(await begin(60_000)).toBe(2);
    await stale();
    expect(await ports.attempts.finish(id, 2, sampleResult())).toBe(true);
  });

  test('is not tried again once it is cancelled, and can be cancelled while it waits', async () => {
    const [running, waiting] = [await accepted(3), await accepted(3)];
    await begin(1);
    await begin(1);
    await seenLapsed(waiting);
    await ports.store.cancel(running, 'acme');
    expect(await ports.attempts.lose(running, lost)).toBe('ended');
    expect(await ports.attempts.lose(waiting, lost)).toBe('again');
    expect(await ports.store.cancel(waiting, 'acme')).toMatchObject({ status: 'cancelled', attempt: 1 });
    expect(await take()).toBeNull();
  });

  test('gives its place among the running ones of its tenant back, and takes one again', async () => {
    const id = await accepted(1, { maxRunning: 1 });
    const second = await accepted(0, { maxRunning: 1 });
    await begin(1);
    expect(await take()).toBeNull();
    await seenLapsed(id);
    expect(await ports.attempts.lose(id, lost)).toBe('again');
    expect(await begin(60_000)).toBe(2);
    expect(await take()).toBeNull();
    await ports.attempts.finish(id, 2, sampleResult());
    expect((await take())?.id).toBe(second);
  });

  test('goes back to the lane of what it requires, for which there are no tokens, and forgets earlier failures', async () => {
    const id = await accepted(1, { requires: ['gpu'] });
    const failed = await take(['gpu']);
    await ports.scheduler.handBack(failed ?? { id: '', nonce: '' }, { delayMs: 0, failed: true });
    await begin(1, ['gpu']);
    await seenLapsed(id);
    expect(await ports.attempts.lose(id, lost)).toBe('again');
    expect(ports.owed).toEqual([]);
    expect(await take()).toBeNull();
    expect(await take(['gpu'])).toMatchObject({ id, failedBefore: 0 });
  });
});

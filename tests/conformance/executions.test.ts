import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionEvent, NewEvent } from '@gantry/contracts';
import type { AttemptStore, EventLog, ExecutionStore } from '@gantry/core';
import { MemoryExecutions } from '@gantry/core/fakes';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleResult } from '../support/executions.js';
import { openRedisExecutions } from '../support/redis-executions.js';

interface Ports extends AsyncDisposable {
  store: ExecutionStore;
  attempts: AttemptStore;
  events: EventLog;
}

function openMemory(): Promise<Ports> {
  const memory = new MemoryExecutions({ now: () => Date.now(), monotonic: () => performance.now() });
  return Promise.resolve({
    store: memory,
    attempts: memory,
    events: memory,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

const claim = (worker: string, nonce: string, leaseMs = 5000): { worker: string; nonce: string; leaseMs: number } => ({
  worker,
  nonce,
  leaseMs,
});
const output = (text: string): NewEvent => ({ type: 'stdout', data: { text, encoding: 'utf-8' } });

describe.each(
  backends<[string, () => Promise<Ports>]>([
    ['in memory', openMemory],
    ['on Redis', openRedisExecutions],
  ]),
)('record and events %s', (_name, open) => {
  let ports: Ports;
  beforeEach(async () => {
    ports = await open();
  });
  afterEach(async () => {
    await ports[Symbol.asyncDispose]();
  });

  async function accepted(overrides: Parameters<typeof sampleExecution>[0] = {}): Promise<string> {
    const execution = sampleExecution(overrides);
    expect(await ports.store.create(execution)).toEqual({ kind: 'created' });
    expect(await ports.store.accept(execution.id)).toBe(true);
    return execution.id;
  }
  async function running(): Promise<string> {
    const id = await accepted();
    expect(await ports.attempts.start(id, claim('w1', 'n1'))).toMatchObject({ kind: 'started', attempt: 1 });
    return id;
  }
  async function readAll(id: string, after = 0): Promise<ExecutionEvent[]> {
    const events: ExecutionEvent[] = [];
    for await (const batch of ports.events.read(id, after, AbortSignal.timeout(10_000))) events.push(...batch);
    return events;
  }

  test('keeps the request and tells it only to its tenant', async () => {
    const execution = sampleExecution();
    await ports.store.create(execution);
    expect(await ports.store.get(execution.id, 'acme')).toMatchObject({
      status: 'pending',
      attempt: 0,
      request: execution.request,
      result: null,
    });
    expect(await ports.store.get(execution.id, 'other')).toBeNull();
    expect(await ports.store.get('exec_00000000000000000000000000', 'acme')).toBeNull();
  });

  test('does not start what is offered but not accepted', async () => {
    const execution = sampleExecution();
    await ports.store.create(execution);
    expect(await ports.attempts.start(execution.id, claim('w1', 'n1'))).toEqual({ kind: 'not_accepted' });
  });

  test('voids an offer that is accepted too late', async () => {
    const execution = sampleExecution({ acceptWithinMs: -1 });
    await ports.store.create(execution);
    await eventually(async () => {
      expect(await ports.store.accept(execution.id)).toBe(false);
    });
    expect(await ports.attempts.start(execution.id, claim('w1', 'n1'))).toEqual({ kind: 'gone' });
    expect(await ports.store.get(execution.id, 'acme')).toBeNull();
  });

  test('frees the place of an offer that is withdrawn', async () => {
    const execution = sampleExecution({ maxQueuedPerTenant: 1 });
    await ports.store.create(execution);
    expect(await ports.store.create(sampleExecution({ maxQueuedPerTenant: 1 }))).toEqual({
      kind: 'tenant_queue_full',
      queued: 1,
    });
    await ports.store.withdraw(execution.id);
    expect(await ports.store.create(sampleExecution({ maxQueuedPerTenant: 1 }))).toEqual({ kind: 'created' });
  });

  test('gives one execution to 50 parallel requests with one idempotency key', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => ports.store.create(sampleExecution({ idempotencyKey: 'k' }))),
    );
    const existing = outcomes.filter((outcome) => outcome.kind === 'existing');
    expect(outcomes.filter((outcome) => outcome.kind === 'created')).toHaveLength(1);
    expect(new Set(existing.map((outcome) => outcome.id)).size).toBe(1);
    expect(existing).toHaveLength(49);
  });

  test('keeps the trace of who asked beside the request, the first one of a repeated request', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const trace = { traceparent, tracestate: 'a=1' };
    const id = await accepted({ idempotencyKey: 'k', trace });
    const other = { traceparent: traceparent.replace('4b', '5b'), tracestate: null };
    expect(await ports.store.create(sampleExecution({ idempotencyKey: 'k', trace: other }))).toMatchObject({ id });
    expect(await ports.store.get(id, 'acme')).toMatchObject({ ...trace, request: expect.any(Object) });
    expect(await ports.attempts.load(id)).toMatchObject(trace);
    const { records } = await ports.store.list('acme', { limit: 1, cursor: null, status: null });
    expect(records).toMatchObject([trace]);
    const untraced = await accepted();
    expect(await ports.store.get(untraced, 'acme')).toMatchObject({ traceparent: null, tracestate: null });
  });

  test('tells of an offer that it is one, and forgets it when it was not accepted in time', async () => {
    const first = sampleExecution({ idempotencyKey: 'k', acceptWithinMs: 200 });
    await ports.store.create(first);
    const again = sampleExecution({ idempotencyKey: 'k' });
    expect(await ports.store.create(again)).toEqual({
      kind: 'existing',
      id: first.id,
      fingerprint: 'same',
      offered: true,
    });
    await eventually(async () => expect(await ports.store.create(again)).toEqual({ kind: 'created' }));
    expect(await ports.store.get(first.id, 'acme')).toBeNull();
    expect(await ports.store.accept(first.id)).toBe(false);
    expect(await ports.store.accept(again.id)).toBe(true);
    expect(await ports.store.create(first)).toEqual({ kind: 'existing', id: again.id, fingerprint: 'same' });
  });

  test('takes back an offer that is cancelled, as if it had never been', async () => {
    const offer = sampleExecution({ idempotencyKey: 'k' });
    await ports.store.create(offer);
    expect(await ports.store.cancel(offer.id, 'acme')).toBeNull();
    expect(await ports.store.accept(offer.id)).toBe(false);
  });

  test('keeps idempotency keys apart by tenant, and keeps them after the end', async () => {
    const id = await accepted({ idempotencyKey: 'k' });
    expect(await ports.store.create(sampleExecution({ idempotencyKey: 'k', tenant: 'other' }))).toEqual({
      kind: 'created',
    });
    await ports.attempts.finish(id, null, sampleResult());
    expect(await ports.store.create(sampleExecution({ idempotencyKey: 'k' }))).toEqual({
      kind: 'existing',
      id,
      fingerprint: 'same',
    });
  });

  test('bounds the queue per tenant and altogether', async () => {
    await accepted();
    expect(await ports.store.create(sampleExecution({ maxQueuedPerTenant: 1 }))).toEqual({
      kind: 'tenant_queue_full',
      queued: 1,
    });
    expect(await ports.store.create(sampleExecution({ tenant: 'other', maxQueued: 1 }))).toEqual({
      kind: 'queue_full',
      queued: 1,
    });
  });

  test('starts an execution once, whoever asks; a repeat of the same claim is the same start', async () => {
    const id = await accepted();
    const first = await ports.attempts.start(id, claim('w1', 'n1'));
    expect(first).toMatchObject({ kind: 'started', attempt: 1 });
    expect(await ports.attempts.start(id, claim('w1', 'n1'))).toEqual(first);
    expect(await ports.attempts.start(id, claim('w1', 'n2'))).toEqual({ kind: 'gone' });
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'running', worker: 'w1', attempt: 1 });
  });

  test('writes status, result and last event together, once', async () => {
    const id = await running();
    expect(await ports.attempts.finish(id, 1, sampleResult())).toBe(true);
    expect(await ports.attempts.finish(id, 1, sampleResult())).toBe(true);
    expect(await ports.attempts.finish(id, null, sampleResult({ status: 'failed' }))).toBe(false);
    const record = await ports.store.get(id, 'acme');
    expect(record).toMatchObject({ status: 'completed', result: sampleResult() });
    expect(record?.finishedAt).toEqual(expect.any(Number));
    const events = await readAll(id);
    expect(events.map((event) => event.type)).toEqual(['status', 'status', 'result']);
  });

  test('lets a stale attempt change nothing', async () => {
    const id = await running();
    expect(await ports.attempts.finish(id, 2, sampleResult())).toBe(false);
    expect(await ports.events.append({ id, attempt: 2, offset: 0 }, [output('x')])).toBe(false);
    await ports.attempts.finish(id, 1, sampleResult());
    expect(await ports.events.append({ id, attempt: 1, offset: 0 }, [output('x')])).toBe(false);
    expect((await readAll(id)).some((event) => event.type === 'stdout')).toBe(false);
  });

  test('writes nothing twice when an append is repeated', async () => {
    const id = await running();
    const writer = { id, attempt: 1, offset: 0 };
    await ports.events.append(writer, [output('a'), output('b')]);
    await ports.events.append(writer, [output('a'), output('b')]);
    await ports.events.append({ ...writer, offset: 2 }, [output('c')]);
    await ports.attempts.finish(id, 1, sampleResult());
    const texts = (await readAll(id)).flatMap((event) => (event.type === 'stdout' ? [event.data.text] : []));
    expect(texts).toEqual(['a', 'b', 'c']);
  });

  test('writes the last events together with the end, once', async () => {
    const id = await running();
    await ports.events.append({ id, attempt: 1, offset: 0 }, [output('a')]);
    const last = { offset: 1, events: [output('b'), output('c')] };
    expect(await ports.attempts.finish(id, 1, sampleResult(), last)).toBe(true);
    expect(await ports.attempts.finish(id, 1, sampleResult(), last)).toBe(true);
    const events = await readAll(id);
    expect(events.flatMap((event) => (event.type === 'stdout' ? [event.data.text] : []))).toEqual(['a', 'b', 'c']);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)?.type).toBe('result');
  });

  test('writes the last events also when some before them were lost', async () => {
    const id = await running();
    await ports.events.append({ id, attempt: 1, offset: 0 }, [output('a')]);
    const last = { offset: 9, events: [output('z')] };
    expect(await ports.attempts.finish(id, 1, sampleResult(), last)).toBe(true);
    const events = await readAll(id);
    expect(events.map((event) => event.type)).toEqual(['status', 'status', 'stdout', 'stdout', 'result']);
    expect(await ports.store.get(id, 'acme')).toMatchObject({ status: 'completed', result: sampleResult() });
  });

  test('ends an attempt whose events were lost and that has no more of them', async () => {
    const id = await running();
    expect(await ports.attempts.finish(id, 1, sampleResult(), { offset: 9, events: [] })).toBe(true);
    expect((await readAll(id)).map((event) => event.type)).toEqual(['status', 'status', 'result']);
  });

  test('writes no last events of a stale attempt', async () => {
    const id = await running();
    const last = { offset: 0, events: [output('x')] };
    expect(await ports.attempts.finish(id, 2, sampleResult(), last)).toBe(false);
    await ports.attempts.finish(id, 1, sampleResult());
    expect((await readAll(id)).some((event) => event.type === 'stdout')).toBe(false);
  });

  test('tells a record without output that is longer than wanted, with all that is known of it', async () => {
    const id = await running();
    const text = 'x'.repeat(5000);
    await ports.attempts.finish(
      id,
      1,
      sampleResult({ stdout: { text, encoding: 'utf-8', truncated: true, droppedBytes: 7 } }),
    );
    const all = await ports.store.getBounded(id, 'acme', 1_000_000);
    expect(all).toMatchObject({ complete: true, record: { result: { stdout: { text } } } });
    expect(await ports.store.getBounded(id, 'other', 1000)).toBeNull();
    const bounded = await ports.store.getBounded(id, 'acme', 1000);
    expect(bounded).toMatchObject({
      complete: false,
      record: { result: { stdout: { text: '', truncated: true, droppedBytes: 7 }, stderr: sampleResult().stderr } },
    });
  });

  test('follows live without gap or duplicate, from any place', async () => {
    const id = await running();
    const readers = [0, 1, 2].map((after) => readAll(id, after));
    for (let i = 0; i < 200; i++) await ports.events.append({ id, attempt: 1, offset: i }, [output(String(i))]);
    await ports.attempts.finish(id, 1, sampleResult());
    const late = readAll(id, 100);
    const expected = Array.from({ length: 203 }, (_, i) => i + 1);
    expect((await readers[0])?.map((event) => event.seq)).toEqual(expected);
    expect((await readers[2])?.map((event) => event.seq)).toEqual(expected.slice(2));
    expect((await late).map((event) => event.seq)).toEqual(expected.slice(100));
    expect((await Promise.all(readers)).every((events) => events.at(-1)?.type === 'result')).toBe(true);
  });

  test('ends at once for a reader who has had everything, and refuses one who claims more', async () => {
    const id = await running();
    await ports.attempts.finish(id, 1, sampleResult());
    expect(await readAll(id, 3)).toEqual([]);
    await expect(readAll(id, 9)).rejects.toMatchObject({ code: 'history_gone' });
  });

  test('tells the last events', async () => {
    const id = await running();
    await ports.events.append({ id, attempt: 1, offset: 0 }, [output('a'), output('b')]);
    expect((await ports.events.recent(id, 1)).map((event) => event.seq)).toEqual([4]);
    expect(await ports.events.recent(id, 100)).toHaveLength(4);
  });

  test('announces the end to who watches', async () => {
    const id = await running();
    await using watch = await ports.events.watchEnd(id);
    const ended = watch.ended(10_000, new AbortController().signal);
    await ports.attempts.finish(id, 1, sampleResult());
    expect(await ended).toBe(true);
  });

  test('stops watching when the time is over or the signal aborts', async () => {
    const id = await running();
    await using watch = await ports.events.watchEnd(id);
    expect(await watch.ended(20, new AbortController().signal)).toBe(false);
    expect(await watch.ended(10_000, AbortSignal.timeout(20))).toBe(false);
  });

  test('cancels a waiting execution at once', async () => {
    const id = await accepted();
    expect(await ports.store.cancel(id, 'acme')).toMatchObject({
      status: 'cancelled',
      result: { reason: 'cancelled' },
    });
    expect(await ports.attempts.start(id, claim('w1', 'n1'))).toEqual({ kind: 'gone' });
    expect((await readAll(id)).at(-1)?.type).toBe('result');
  });

  test('asks the worker of a running execution to stop it, in two ways', async () => {
    const id = await running();
    const asked: string[] = [];
    await using _listening = await ports.attempts.onCancel((cancelled) => asked.push(cancelled));
    expect(await ports.store.cancel(id, 'other')).toBeNull();
    expect(await ports.store.cancel(id, 'acme')).toMatchObject({ status: 'running', cancelRequested: true });
    await eventually(() => {
      expect(asked).toEqual([id]);
    });
    expect(await ports.attempts.renew([{ id, attempt: 1 }], 5000)).toEqual([{ id, why: 'cancelled' }]);
  });

  test('does not touch an ended execution when it is cancelled', async () => {
    const id = await running();
    await ports.attempts.finish(id, 1, sampleResult());
    expect(await ports.store.cancel(id, 'acme')).toMatchObject({ status: 'completed', result: sampleResult() });
  });

  test('finds executions whose lease ran out, and not those that are renewed', async () => {
    const [lost, kept] = [await accepted(), await accepted()];
    await ports.attempts.start(lost, claim('w1', 'a', 50));
    await ports.attempts.start(kept, claim('w2', 'b', 50));
    await ports.attempts.renew([{ id: kept, attempt: 1 }], 60_000);
    await eventually(async () => {
      expect(await ports.attempts.lapsed(10)).toEqual([lost]);
    });
    expect(await ports.attempts.renew([{ id: lost, attempt: 2 }], 50)).toEqual([{ id: lost, why: 'lost' }]);
  });

  test('lists newest first, in pages, by status, without other tenants', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push(await accepted());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await accepted({ tenant: 'other' });
    await ports.attempts.finish(ids[1] as string, null, sampleResult());
    const newestFirst = [...ids].reverse();
    const first = await ports.store.list('acme', { limit: 2, cursor: null, status: null });
    expect(first.records.map((record) => record.id)).toEqual(newestFirst.slice(0, 2));
    const rest = await ports.store.list('acme', { limit: 10, cursor: first.nextCursor, status: null });
    expect(rest.records.map((record) => record.id)).toEqual(newestFirst.slice(2));
    expect(rest.nextCursor).toBeNull();
    const done = await ports.store.list('acme', { limit: 10, cursor: null, status: 'completed' });
    expect(done.records.map((record) => record.id)).toEqual([ids[1]]);
  });
});

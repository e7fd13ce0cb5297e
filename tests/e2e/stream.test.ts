import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api, collect, type SentEvent } from '../support/api.js';
import { testOwnProcesses } from '../support/external-stack.js';
import { startStack, type Stack } from '../support/stack.js';

const COUNTER = 'for i in $(seq 1 40); do echo "line $i"; sleep 0.03; done';
const LINES = Array.from({ length: 40 }, (_, i) => `line ${i + 1}\n`).join('');

const textOf = (events: readonly SentEvent[], type = 'stdout'): string =>
  events.flatMap((event) => (event.type === type ? [event.data.text ?? ''] : [])).join('');
const idsOf = (events: readonly SentEvent[]): number[] => events.map((event) => event.id);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe('streaming over SSE', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack({ env: { HEARTBEAT_SECONDS: '0.2' } });
    api = new Api(stack.url);
  });
  afterAll(() => stack.close());

  test('sends events while the program runs, and the result last', async () => {
    const id = await api.submit({ language: 'bash', code: 'echo one; echo two >&2; sleep 1; echo three; exit 4' });
    const seen: { event: SentEvent; at: number }[] = [];
    for await (const event of api.stream(id)) seen.push({ event, at: Date.now() });
    const events = seen.map(({ event }) => event);
    expect(idsOf(events)).toEqual(upTo(events.length));
    expect(textOf(events)).toBe('one\nthree\n');
    expect(textOf(events, 'stderr')).toBe('two\n');
    expect(events.filter((event) => event.type === 'status').map((event) => event.data.status)).toEqual([
      'pending',
      'running',
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'result',
      data: { execution_id: id, status: 'failed', exit_code: 4, stdout: 'one\nthree\n' },
    });
    const first = seen.find(({ event }) => event.type === 'stdout')?.at ?? 0;
    expect((seen.at(-1)?.at ?? 0) - first).toBeGreaterThan(800);
  });

  test('resumes in the middle without gap or duplicate', async () => {
    const id = await api.submit({ language: 'bash', code: COUNTER });
    const before: SentEvent[] = [];
    const abort = new AbortController();
    for await (const event of api.stream(id, { signal: abort.signal })) {
      before.push(event);
      if (textOf(before).includes('line 10\n')) break;
    }
    abort.abort();
    const after = await collect(api.stream(id, { after: before.at(-1)?.id ?? 0 }));
    const all = [...before, ...after];
    expect(idsOf(all)).toEqual(upTo(all.length));
    expect(textOf(all)).toBe(LINES);
    expect(all.at(-1)?.type).toBe('result');
  });

  testOwnProcesses('goes on after the gateway was restarted in the middle', async () => {
    const id = await api.submit({ language: 'bash', code: COUNTER });
    const before: SentEvent[] = [];
    let stopping: Promise<void> | null = null;
    for await (const event of api.stream(id)) {
      before.push(event);
      if (stopping === null && textOf(before).includes('line 5\n')) stopping = stack.gateway.stop();
    }
    await stopping;
    expect(before.at(-1)?.type).not.toBe('result');
    await stack.restartGateway();
    await stack.ready();
    const all = [...before, ...(await collect(api.stream(id, { after: before.at(-1)?.id ?? 0 })))];
    expect(idsOf(all)).toEqual(upTo(all.length));
    expect(textOf(all)).toBe(LINES);
  });

  test('replays a finished execution whole, from any place, and ends at once for who has had it all', async () => {
    const { execution_id: id } = await api.execute({ language: 'bash', code: 'echo a; echo b >&2' });
    const all = await collect(api.stream(id));
    expect(idsOf(all)).toEqual(upTo(all.length));
    expect(idsOf(await collect(api.stream(id, { after: 2 })))).toEqual(upTo(all.length).slice(2));
    const rest = await api.call('GET', `/executions/${id}/stream`, undefined, { 'last-event-id': String(all.length) });
    expect(rest.status).toBe(204);
    const beyond = await api.call('GET', `/executions/${id}/stream`, undefined, { 'last-event-id': '999' });
    expect(beyond).toMatchObject({ status: 410, body: { code: 'history_gone' } });
    const nonsense = await api.call('GET', `/executions/${id}/stream`, undefined, { 'last-event-id': 'abc' });
    expect(nonsense).toMatchObject({ status: 422, body: { errors: [{ path: 'Last-Event-ID' }] } });
  });

  test('tells that it compiles, then once a second what the program has used', async () => {
    const code = [
      'var until = System.DateTime.UtcNow.AddSeconds(2.3);',
      'while (System.DateTime.UtcNow < until) { }',
      'System.Console.WriteLine("done");',
    ].join('\n');
    const events = await collect(api.stream(await api.submit({ language: 'csharp', code })));
    expect(idsOf(events)).toEqual(upTo(events.length));
    const told = events.filter((event) => event.type !== 'status' && event.type !== 'result');
    const kinds = told.map((event) => event.type);
    expect(kinds).toEqual(['progress', 'usage', 'usage', 'stdout']);
    expect(told[0]?.data).toMatchObject({ message: 'compiling csharp' });
    const [first, second] = told.slice(1).map(({ data }) => data as { cpu_seconds: number; peak_memory_bytes: number });
    expect(first?.cpu_seconds).toBeGreaterThan(0.5);
    expect((second?.cpu_seconds ?? 0) - (first?.cpu_seconds ?? 0)).toBeGreaterThan(0.3);
    expect(second?.peak_memory_bytes).toBeGreaterThan(1_000_000);
    expect(events.at(-1)?.data['usage']).toMatchObject({ cpu_seconds: expect.any(Number) });
  });

  test('never splits a code point that is written in pieces', async () => {
    const code = [
      'import sys, time',
      'for byte in "é€😀".encode():',
      '    sys.stdout.buffer.write(bytes([byte])); sys.stdout.buffer.flush(); time.sleep(0.08)',
    ].join('\n');
    const id = await api.submit({ language: 'python', code });
    const pieces = (await collect(api.stream(id))).filter((event) => event.type === 'stdout');
    expect(pieces.map((event) => event.data['encoding'])).not.toContain('base64');
    expect(pieces.map((event) => event.data.text).join('')).toBe('é€😀');
    expect(pieces.length).toBeGreaterThan(1);
  });

  test('sends bytes that are no text as base64, exactly', async () => {
    const id = await api.submit({
      language: 'python',
      code: 'import sys\nsys.stdout.buffer.write(bytes(range(256)) * 10)',
    });
    const pieces = (await collect(api.stream(id))).filter((event) => event.type === 'stdout');
    const bytes = Buffer.concat(
      pieces.map((event) => Buffer.from(event.data.text ?? '', event.data['encoding'] as BufferEncoding)),
    );
    expect(bytes.equals(Buffer.concat(Array<Buffer>(10).fill(Buffer.from(upTo(256).map((n) => n - 1)))))).toBe(true);
  });

  test('gives every one of many readers everything', async () => {
    const id = await api.submit({ language: 'bash', code: COUNTER });
    const readers = await Promise.all(Array.from({ length: 20 }, () => collect(api.stream(id))));
    for (const events of readers) {
      expect(idsOf(events)).toEqual(upTo(events.length));
      expect(textOf(events)).toBe(LINES);
    }
  });

  test('shows that it is alive while nothing happens', async () => {
    const id = await api.submit({ language: 'bash', code: 'sleep 2' });
    const response = await fetch(`${stack.url}/executions/${id}/stream`);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect((await response.text()).match(/^: still here$/gm)?.length).toBeGreaterThan(3);
  });

  test('does not let a reader who does not read hold up the program', async () => {
    const id = await api.submit({
      language: 'python',
      code: 'print("x" * 8_000_000)',
      resource_limits: { max_output_bytes: 16_000_000 },
    });
    const idle = await fetch(`${stack.url}/executions/${id}/stream`);
    const result = await api.get(id, 30);
    expect(result).toMatchObject({ status: 'completed', stdout_truncated: false });
    expect(result.stdout?.length).toBe(8_000_001);
    await idle.body?.cancel();
  });

  test('is 404 for what is not there', async () => {
    const answer = await api.call('GET', '/executions/exec_00000000000000000000000000/stream');
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api, collect, type SentEvent } from '../support/api.js';
import { CliProcess } from '../support/cli-process.js';
import { eventually } from '../support/eventually.js';
import { startStack, type Stack } from '../support/stack.js';

describe('programs that may run twice', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack();
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await stack.close();
  });

  test('run from the beginning on another worker when theirs is killed; the others end as worker_lost', async () => {
    const program = {
      language: 'bash',
      code: 'cat data.txt; sleep 3; echo done',
      files: [{ path: 'data.txt', content: 'begun\n' }],
    };
    const id = await api.submit({ ...program, retry: { on_worker_lost: 2 } });
    const once = await api.submit(program);
    const typed = ['exec', '--retry-on-worker-lost', '1', 'bash', 'echo typed; sleep 3; echo done'];
    const cli = new CliProcess(stack.url, typed);
    await cli.has('out', 'typed');
    const streams = [id, once].map((each) => collect(api.stream(each)));
    await eventually(async () => {
      for (const each of [id, once])
        expect((await api.call('GET', `/executions/${each}/progress`)).body['logs']).toEqual(['begun\n']);
    });
    const { worker: dead } = await api.get(id);
    await stack.workers[0]?.stop('SIGKILL');
    const other = await stack.startWorker();
    const { workerId } = await other.logged('worker started');
    const end = await api.get(id, 60);
    expect(end).toMatchObject({ status: 'completed', stdout: 'begun\ndone\n', attempt: 2, worker: workerId });
    expect(dead).not.toBe(workerId);
    expect(await api.get(once, 60)).toMatchObject({ status: 'failed', reason: 'worker_lost', attempt: 1 });
    const [events = [], onceEvents = []] = await Promise.all(streams);
    expect(shapeOf(events)).toEqual([
      'pending 0',
      'running 1',
      'stdout begun\n',
      'pending 1',
      'worker lost, trying again (attempt 2 of 3)',
      'running 2',
      'stdout begun\n',
      'stdout done\n',
      'result completed',
    ]);
    expect(events.map((event) => event.id)).toEqual(events.map((_, i) => i + 1));
    expect(shapeOf(onceEvents).at(-1)).toBe('result failed');
    const { body } = await api.call('GET', `/executions/${id}/progress`);
    expect(body['logs']).toEqual(['begun\n', 'done\n']);
    const { code, out, err } = await cli.ended();
    expect({ code, out }).toEqual({ code: 0, out: 'typed\ntyped\ndone\n' });
    expect(err).toContain('worker lost, trying again (attempt 2 of 2)');
    expect(err).toContain('attempt 2 starts from the beginning');
  });

  test.each([
    [{ retry: { on_worker_lost: 4 } }, 'retry.on_worker_lost'],
    [{ retry: { on_worker_lost: -1 } }, 'retry.on_worker_lost'],
    [{ retry: { on_worker_lost: 0.5 } }, 'retry.on_worker_lost'],
    [{ retry: { on_worker_lost: '1' } }, 'retry.on_worker_lost'],
    [{ retry: { on_failure: 1 } }, 'retry.on_failure'],
    [{ retry: 2 }, 'retry'],
    [{ retry: { on_worker_lost: 1 }, stdin: 'stream' }, 'retry.on_worker_lost'],
  ])('%j is refused', async (fields, path) => {
    for (const where of ['/execute', '/execute/stream']) {
      const answer = await api.call('POST', where, { language: 'bash', code: '', ...fields });
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [{ path }] } });
    }
  });

  test('one that may run twice is another request for the same Idempotency-Key', async () => {
    const order = { language: 'bash', code: 'true' };
    const key = { 'idempotency-key': 'retry-or-not' };
    await api.execute({ ...order, retry: { on_worker_lost: 0 } }, key);
    expect(await api.call('POST', '/execute', order, key)).toMatchObject({ status: 200 });
    const other = await api.call('POST', '/execute', { ...order, retry: { on_worker_lost: 1 } }, key);
    expect(other).toMatchObject({ body: { code: 'idempotency_key_reused' } });
  });
});

/** Without usage and with where it waits left out, both of which depend on the time. */
function shapeOf(events: readonly SentEvent[]): string[] {
  return events.flatMap(({ type, data }) => {
    if (type === 'usage' || (type === 'status' && data['queue'] !== undefined)) return [];
    if (type === 'status') return [`${String(data['status'])} ${String(data['attempt'])}`];
    if (type === 'progress') return [String(data['message'])];
    return [`${type} ${String(data['text'] ?? data['status'])}`];
  });
}

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Api, type Answer } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { testOwnProcesses } from '../support/external-stack.js';
import { ImpatientClients } from '../support/impatient-clients.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { redisUrl } from '../support/requirements.js';
import { startStack, type Stack } from '../support/stack.js';

const SLOTS = 2;
const digest = (key: string): string => createHash('sha256').update(key).digest('hex');

let redis: FaultyProxy;
let stack: Stack;
let alice: Api;
let bob: Api;
beforeAll(async () => {
  redis = await FaultyProxy.beforeRedis(redisUrl());
  const API_KEYS = `alice:${digest('key-a')},bob:${digest('key-b')}`;
  const bounds = { MAX_QUEUED_PER_TENANT: '5', MAX_QUEUED: '8', WORKER_CONCURRENCY: String(SLOTS) };
  stack = await startStack({ redisUrl: redis.address, env: { API_KEYS, ...bounds } });
  alice = new Api(stack.url, 'key-a');
  bob = new Api(stack.url, 'key-b');
});
afterAll(async () => {
  redis.restore();
  await stack.close();
  await redis.close();
});

const submit = (api: Api, code: string): Promise<Answer<{ code?: string; execution_id: string }>> =>
  api.call('POST', '/execute/stream', { language: 'bash', code });
const together = (api: Api, count: number): ReturnType<typeof submit>[] =>
  Array.from({ length: count }, () => submit(api, 'sleep 0.2'));

test('of many that come at once a queue takes exactly what it may, and a worker runs no more of it than it has places', async () => {
  const blockers = await Promise.all([submit(alice, 'sleep 60'), submit(alice, 'sleep 60')]);
  const ids = blockers.map(({ body }) => body.execution_id);
  for (const id of ids) await eventually(async () => expect((await alice.get(id)).status).toBe('running'));

  const mine = await Promise.all(together(alice, 40));
  const others = await Promise.all(together(bob, 40));
  const taken = (answers: typeof mine): string[] =>
    answers.filter(({ status }) => status === 202).map(({ body }) => body.execution_id);
  expect([taken(mine).length, taken(others).length]).toEqual([5, 3]);
  const refused = (answers: typeof mine): Set<string> =>
    new Set(answers.filter(({ status }) => status !== 202).map(({ status, body }) => `${status} ${body.code}`));
  expect(refused(mine)).toEqual(new Set(['429 tenant_queue_full']));
  expect(refused(others)).toEqual(new Set(['503 queue_full']));

  for (const id of ids) await alice.call('DELETE', `/executions/${id}`);
  const ended = await Promise.all([
    ...taken(mine).map((id) => alice.get(id, 30)),
    ...taken(others).map((id) => bob.get(id, 30)),
  ]);
  for (const { status } of ended) expect(status).toBe('completed');
  // Times of the record: what runs when each of them starts.
  const spans = ended.map((each) => [Date.parse(each.started_at ?? ''), Date.parse(each.finished_at ?? '')] as const);
  for (const [start] of spans) {
    const running = spans.filter(([from, to]) => from <= start && start < to).length;
    expect(running).toBeLessThanOrEqual(SLOTS);
  }
});

testOwnProcesses('a log takes few lines while Redis is away and clients ask without end', async () => {
  const written = (): number => stack.gateway.written + (stack.workers[0]?.written ?? 0);
  const before = written();
  redis.cut();
  await using clients = new ImpatientClients(stack.url, 50, 'key-a');
  await eventually(() => expect(clients.asked).toBeGreaterThan(2000), 30_000);
  await clients.stop();
  // What may be written at once, and what is said once of each part.
  expect(written() - before).toBeLessThan(300);
  redis.restore();
  await eventually(
    async () => expect((await alice.execute({ language: 'bash', code: 'echo on' })).stdout).toBe('on\n'),
    20_000,
  );
});

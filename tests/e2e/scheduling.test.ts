import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExecutionView } from '@gantry/contracts';
import { Redis } from 'ioredis';
import { Api, collect } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { ServiceProcess } from '../support/process.js';
import { dockerHost } from '../support/requirements.js';
import { startStack, type Stack } from '../support/stack.js';

const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
const sleep = (seconds: number): Record<string, unknown> => ({
  language: 'bash',
  code: `sleep ${seconds}; echo slept`,
});

describe('whose turn it is', () => {
  let stack: Stack;
  let redis: Redis;
  let flood: Api;
  let small: Api;
  beforeAll(async () => {
    const API_KEYS = `flood:${digest('key-f')},small:${digest('key-s')}`;
    stack = await startStack({ workers: 0, env: { API_KEYS, WORKER_CONCURRENCY: '1' } });
    redis = new Redis(stack.env['REDIS_URL'] ?? '');
    flood = new Api(stack.url, 'key-f');
    small = new Api(stack.url, 'key-s');
  });
  afterAll(async () => {
    redis.disconnect();
    await stack.close();
  });

  async function startWorker(env: Record<string, string> = {}): Promise<{ process: ServiceProcess; id: string }> {
    const process = new ServiceProcess('apps/worker/dist/main.js', { ...stack.env, ...env });
    stack.workers.push(process);
    const { workerId } = await process.logged('worker started');
    await stack.ready();
    return { process, id: String(workerId) };
  }
  const ends = (api: Api, ids: readonly string[]): Promise<ExecutionView[]> =>
    Promise.all(ids.map((id) => api.get(id, 60)));
  async function submitted(api: Api, count: number, request: Record<string, unknown>): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await api.submit(request));
    return ids;
  }

  test('one of a small tenant is next while another has many queued, and each is told where it stands', async () => {
    const { process } = await startWorker();
    const first = await flood.submit(sleep(3));
    await eventually(async () => expect((await flood.get(first)).status).toBe('running'));
    const many = await submitted(flood, 6, sleep(0.2));
    const urgent = await flood.submit({ ...sleep(0.2), priority: 9 });
    const answer = await small.call('POST', '/execute', { ...sleep(0), wait_seconds: 0 });
    expect(answer).toMatchObject({ status: 202, body: { status: 'pending', queue: { position: expect.any(Number) } } });
    const id = String(answer.body['execution_id']);
    const { position } = answer.body['queue'] as { position: number };
    expect(position).toBeLessThanOrEqual(2);
    expect(await flood.get(many[5] ?? '')).toMatchObject({ status: 'pending', queue: { position: 8 } });
    const told = collect(flood.stream(many[5] ?? ''));
    const [one] = await ends(small, [id]);
    const [urgentEnd, ...others] = await ends(flood, [urgent, ...many]);
    expect(one).toMatchObject({ status: 'completed', queue: null });
    const startedBefore = others.filter((other) => String(other.started_at) < String(one?.started_at));
    expect(startedBefore.length).toBeLessThanOrEqual(1);
    for (const other of others) expect(String(urgentEnd?.started_at) < String(other.started_at)).toBe(true);
    expect(others.every((other) => other.status === 'completed')).toBe(true);
    const places = (await told).flatMap(({ type, data }) =>
      type === 'status' && data['queue'] ? [data['queue']] : [],
    );
    expect(places[0]).toMatchObject({ position: expect.any(Number) });
    await small.execute(sleep(0));
    const waiting = [await flood.submit(sleep(1)), await flood.submit(sleep(0))];
    const last = await flood.get(waiting[1] ?? '');
    expect(last.queue?.estimated_wait_seconds).toBeGreaterThan(0);
    await ends(flood, waiting);
    await process.stop();
  });

  test('what requires tags runs on a worker that has them all, and is refused when none has', async () => {
    const plain = await startWorker();
    const request = { ...sleep(0), requires: ['gpu', 'eu'] };
    const refused = await small.call('POST', '/execute', request);
    expect(refused).toMatchObject({ status: 503, body: { code: 'no_worker' } });
    expect(String(refused.body['detail'])).toContain('eu, gpu');
    const tagged = await startWorker({ WORKER_TAGS: 'linux,gpu,eu' });
    await eventually(async () => expect((await small.execute(request)).worker).toBe(tagged.id));
    const ids = await submitted(small, 5, request);
    for (const end of await ends(small, ids)) expect(end).toMatchObject({ status: 'completed', worker: tagged.id });
    await plain.process.stop();
    expect((await small.execute(sleep(0))).worker).toBe(tagged.id);
    const both = [...(await submitted(small, 4, request)), ...(await submitted(flood, 4, sleep(0)))];
    expect(both).toHaveLength(8);
    for (const end of await ends(small, both.slice(0, 4))) expect(end.status).toBe('completed');
    for (const end of await ends(flood, both.slice(4))) expect(end.status).toBe('completed');
    await tagged.process.stop();
  });

  test.each([
    [{ requires: ['GPU'] }, 'requires'],
    [{ requires: Array.from({ length: 9 }, (_, i) => `t${i}`) }, 'requires'],
    [{ requires: ['a+b'] }, 'requires'],
    [{ priority: 10 }, 'priority'],
    [{ priority: 1.5 }, 'priority'],
  ])('%j is refused', async (fields, path) => {
    const answer = await small.call('POST', '/execute', { ...sleep(0), ...fields });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(JSON.stringify(answer.body['errors'])).toContain(path);
  });

  test('a worker killed after it took one and before it started it loses nothing', async () => {
    const docker = await FaultyProxy.beforeSocket(dockerHost());
    try {
      const dead = await startWorker({ DOCKER_HOST: docker.address, POOL_MAX_READY: '0', SANDBOX_PROBE: 'false' });
      docker.hang();
      const id = await small.submit(sleep(0));
      await eventually(async () => expect(await redis.zscore(`{${stack.deployment}}:claims`, id)).not.toBeNull());
      expect(await small.get(id)).toMatchObject({ status: 'pending', worker: null });
      await dead.process.stop('SIGKILL');
      const next = await startWorker();
      const killedAt = Date.now();
      expect(await small.get(id, 60)).toMatchObject({ status: 'completed', attempt: 1, worker: next.id });
      expect(Date.now() - killedAt).toBeLessThan(20_000);
      await next.process.stop();
    } finally {
      await docker.close();
    }
  });

  test('workers that are replaced one after another under load lose nothing and run nothing twice', async () => {
    const workers = [await startWorker({ WORKER_CONCURRENCY: '2' }), await startWorker({ WORKER_CONCURRENCY: '2' })];
    const ids = await submitted(flood, 16, sleep(0.3));
    for (const [at, worker] of workers.entries()) {
      await eventually(async () => {
        const done = await Promise.all(ids.map(async (id) => (await flood.get(id)).status));
        expect(done.filter((status) => status === 'completed').length).toBeGreaterThan(3 * at);
      }, 30_000);
      await startWorker({ WORKER_CONCURRENCY: '2' });
      await worker.process.stop();
    }
    for (const end of await ends(flood, ids))
      expect(end).toMatchObject({ status: 'completed', attempt: 1, stdout: 'slept\n' });
    expect(await redis.zcard(`{${stack.deployment}}:claims`)).toBe(0);
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/process.js';
import { startStack, type Stack } from '../support/stack.js';

const digest = (key: string): string => createHash('sha256').update(key).digest('hex');

describe('tenants and keys', () => {
  let stack: Stack;
  let alice: Api;
  let bob: Api;
  beforeAll(async () => {
    const API_KEYS = `alice:${digest('key-a')},bob:${digest('key-b')}`;
    stack = await startStack({
      env: { API_KEYS, MAX_QUEUED_PER_TENANT: '3', MAX_QUEUED: '5', WORKER_CONCURRENCY: '1' },
    });
    alice = new Api(stack.url, 'key-a');
    bob = new Api(stack.url, 'key-b');
  });
  afterAll(() => stack.close());

  test('nothing but health and docs is told without a key', async () => {
    const nobody = new Api(stack.url);
    const stranger = new Api(stack.url, 'key-c');
    for (const path of ['/executions', '/runtimes', '/executions/exec_00000000000000000000000000', '/nowhere']) {
      for (const api of [nobody, stranger]) {
        const answer = await api.call('GET', path);
        expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
    expect((await nobody.call('POST', '/execute', { language: 'bash', code: ':' })).status).toBe(401);
    for (const path of ['/health', '/healthz', '/readyz', '/openapi.json', '/docs/'])
      expect((await nobody.call('GET', path)).status).toBe(200);
  });

  test("another tenant's execution is answered like one that is not there", async () => {
    const { execution_id: id } = await alice.execute({ language: 'bash', code: 'echo secret' });
    const missing = id.replace(/.{4}$/, '0000');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['GET', '/progress'],
      ['GET', '/stream'],
    ] as const) {
      const [foreign, none] = await Promise.all([
        bob.call(method, `/executions/${id}${path}`),
        bob.call(method, `/executions/${missing}${path}`),
      ]);
      expect(foreign.status).toBe(404);
      expect({ ...foreign.body, instance: '', detail: '' }).toEqual({ ...none.body, instance: '', detail: '' });
    }
    const { body } = await bob.call<{ executions: unknown[] }>('GET', '/executions');
    expect(body.executions).toEqual([]);
    expect((await bob.call('GET', `/executions?cursor=${id}`)).body).toEqual({ executions: [], next_cursor: null });
  });

  test('an idempotency key belongs to its tenant', async () => {
    const request = { language: 'bash', code: 'echo mine' };
    const headers = { 'idempotency-key': 'shared' };
    const [one, two] = await Promise.all([alice.execute(request, headers), bob.execute(request, headers)]);
    expect(one.execution_id).not.toBe(two.execution_id);
  });

  test('a full queue is told per tenant (429) and for all (503), with the time to wait', async () => {
    const sleep = { language: 'bash', code: 'sleep 30' };
    const running = await alice.submit(sleep);
    await eventually(async () => expect((await alice.get(running)).status).toBe('running'));
    const waiting = [await alice.submit(sleep), await alice.submit(sleep), await alice.submit(sleep)];
    const mine = await alice.call('POST', '/execute/stream', sleep);
    expect(mine).toMatchObject({ status: 429, body: { code: 'tenant_queue_full' } });
    expect(Number(mine.headers.get('retry-after'))).toBeGreaterThan(0);
    const others = [await bob.submit(sleep), await bob.submit(sleep)];
    const all = await bob.call('POST', '/execute/stream', sleep);
    expect(all).toMatchObject({ status: 503, body: { code: 'queue_full' } });
    for (const id of [...waiting, running]) await alice.call('DELETE', `/executions/${id}`);
    for (const id of others) await bob.call('DELETE', `/executions/${id}`);
    expect((await alice.execute({ language: 'bash', code: 'echo free' })).stdout).toBe('free\n');
  });

  test('a server that others can reach does not start without keys', async () => {
    const { API_KEYS: _keys, ...env } = stack.env;
    const open = new ServiceProcess('apps/gateway/dist/main.js', { ...env, HOST: '0.0.0.0', PORT: '0' });
    await expect(open.logged('gateway started')).rejects.toThrow(/set API_KEYS or ADMIN_KEYS, or ALLOW_ANONYMOUS=true/);
    expect(open.child.exitCode).toBe(1);
  });

  test('all faults of the configuration are told together', async () => {
    const faulty = new ServiceProcess('apps/gateway/dist/main.js', {
      ...stack.env,
      PORT: 'x',
      API_KEYS: 'short',
      REDIS_URL: 'http://x',
    });
    await expect(faulty.logged('gateway started')).rejects.toThrow(/REDIS_URL[\s\S]*PORT[\s\S]*API_KEYS/);
  });
});

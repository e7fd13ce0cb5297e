import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { RedisSentinels } from '../support/redis-sentinels.js';
import { startStack, type Stack } from '../support/stack.js';

const RUNNING = 'for i in $(seq 1 50); do echo $i; sleep 0.1; done';

describe('with Redis Sentinel', () => {
  let redis: RedisSentinels;
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    redis = await RedisSentinels.start();
    stack = await startStack({ redisUrl: redis.url, env: { WORKER_CONCURRENCY: '3' } });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await stack?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  /** What was accepted ends well, and until the new master is there the answers are quick refusals. */
  async function failOver(fail: () => Promise<void> | void): Promise<void> {
    const master = await redis.master();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push(await api.submit({ language: 'bash', code: RUNNING }));
    for (let i = 0; i < 5; i++) ids.push(await api.submit({ language: 'bash', code: `echo waited ${i}` }));
    await eventually(async () => expect((await api.get(ids[0] ?? '')).status).toBe('running'));
    await redis.inStep();
    await fail();
    await eventually(
      async () => {
        const asked = performance.now();
        const answer = await api.call('POST', '/execute', { language: 'bash', code: 'echo new', wait_seconds: 0 });
        expect(performance.now() - asked).toBeLessThan(4000);
        if (answer.status === 503) expect(answer.headers.get('retry-after')).not.toBeNull();
        expect(answer.status).toBe(202);
      },
      20_000,
      200,
    );
    expect(await redis.master()).not.toBe(master);
    for (const id of ids) await eventually(async () => expect((await api.get(id, 5)).status).toBe('completed'), 20_000);
    const counted = Array.from({ length: 50 }, (_, i) => `${i + 1}\n`).join('');
    expect((await api.get(ids[0] ?? '')).stdout).toBe(counted);
  }

  test('a killed master costs no execution', async () => {
    const master = await redis.master();
    await failOver(() => master.kill());
  });

  test('a master that hangs is left for the new one', async () => {
    const master = await redis.master();
    try {
      await failOver(() => master.signal('SIGSTOP'));
    } finally {
      master.signal('SIGCONT');
    }
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReadinessView } from '@gantry/contracts';
import { Api, type Answer } from '../support/api.js';
import { containersOf } from '../support/containers.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { dockerHost, redisUrl } from '../support/requirements.js';
import { startStack, type Stack } from '../support/stack.js';

const hello = { language: 'bash', code: 'echo hello' };

describe('when something is away', () => {
  let redis: FaultyProxy;
  let docker: FaultyProxy;
  let stack: Stack;
  let api: Api;
  beforeEach(async () => {
    redis = await FaultyProxy.beforeRedis(redisUrl());
    docker = await FaultyProxy.beforeSocket(dockerHost());
    stack = await startStack({ redisUrl: redis.address, env: { DOCKER_HOST: docker.address } });
    api = new Api(stack.url);
  });
  afterEach(async () => {
    redis.restore();
    docker.restore();
    try {
      await stack.close();
    } finally {
      await redis.close();
      await docker.close();
    }
  });

  async function refusal(code: string): Promise<void> {
    const startedAt = Date.now();
    const answer = await api.call('POST', '/execute', hello);
    expect(answer).toMatchObject({ status: 503, body: { code, retryable: true } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Date.now() - startedAt).toBeLessThan(3000);
  }
  const readiness = (): Promise<Answer<ReadinessView>> => api.call<ReadinessView>('GET', '/readyz');
  /** Within the patience of who scrapes it. */
  const metrics = async (): Promise<string> =>
    (await fetch(`${stack.adminUrl}/metrics`, { signal: AbortSignal.timeout(5000) })).text();
  const works = (): Promise<void> =>
    eventually(async () => expect((await api.execute(hello)).stdout).toBe('hello\n'), 20_000);

  test.each(['cut', 'hang'] as const)(
    'refuses within 3 s while Redis is away (%s), says so, recovers, and runs nothing of it later',
    async (how) => {
      redis[how]();
      await refusal('redis_unavailable');
      await eventually(async () =>
        expect(await readiness()).toMatchObject({ status: 503, body: { checks: { redis: { ok: false } } } }),
      );
      expect((await api.call('GET', '/health')).body).toMatchObject({ status: 'unhealthy', redis_available: false });
      await eventually(async () => expect(await metrics()).toContain('gantry_redis_up{service="gateway"} 0'));
      redis.restore();
      await works();
      const { body } = await api.call<{ executions: { status: string }[] }>('GET', '/executions');
      expect(body.executions.map((execution) => execution.status)).toEqual(['completed']);
    },
  );

  test('finishes what runs while Redis is away, and tells all of it after', async () => {
    const id = await api.submit({ language: 'bash', code: 'echo before; sleep 2; echo after' });
    await eventually(async () => expect((await api.get(id)).status).toBe('running'));
    redis.cut();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    redis.restore();
    await eventually(
      async () => expect(await api.get(id)).toMatchObject({ status: 'completed', stdout: 'before\nafter\n' }),
      15_000,
    );
  });

  test.each(['cut', 'hang'] as const)(
    'refuses while no Docker engine answers (%s), says so, and recovers',
    async (how) => {
      docker[how]();
      await eventually(
        async () =>
          expect(await readiness()).toMatchObject({
            status: 503,
            body: { checks: { redis: { ok: true }, workers: { ok: false } } },
          }),
        15_000,
      );
      await refusal('no_worker');
      docker.restore();
      await works();
    },
  );

  test('runs what was queued while the engine is away, once it is back', async () => {
    const blockers = await Promise.all(
      Array.from({ length: 4 }, () => api.submit({ language: 'bash', code: 'sleep 2' })),
    );
    const queued = await api.submit(hello);
    docker.cut();
    await eventually(async () => expect((await readiness()).status).toBe(503), 15_000);
    docker.restore();
    const ended = await Promise.all(blockers.map((id) => api.get(id, 30)));
    for (const execution of ended) expect(['completed', 'failed']).toContain(execution.status);
    expect(await api.get(queued, 30)).toMatchObject({ status: 'completed', stdout: 'hello\n' });
  });

  test('ends executions of a killed worker as worker_lost, removes their containers, and goes on with the next worker', async () => {
    const id = await api.submit({ language: 'bash', code: 'echo on; sleep 60' });
    await eventually(async () => expect((await api.get(id)).status).toBe('running'));
    const dead = await stack.workers[0]?.logged('worker started');
    await stack.workers[0]?.stop('SIGKILL');
    await stack.startWorker();
    await works();
    await eventually(
      async () => expect(await api.get(id)).toMatchObject({ status: 'failed', reason: 'worker_lost' }),
      25_000,
    );
    await eventually(async () => {
      const owners = (await containersOf(stack.deployment)).map((labels) => labels['gantry.worker']);
      expect(owners).not.toContain(dead?.['workerId']);
    }, 25_000);
  });

  test('drains on SIGTERM: what runs ends within the grace, the rest is told', async () => {
    const short = await api.submit({ language: 'bash', code: 'sleep 1; echo done' });
    const long = await api.submit({ language: 'bash', code: 'sleep 60' });
    await eventually(async () => {
      for (const id of [short, long]) expect((await api.get(id)).status).toBe('running');
    });
    await stack.workers[0]?.stop();
    expect(await api.get(short)).toMatchObject({ status: 'completed', stdout: 'done\n' });
    expect(await api.get(long)).toMatchObject({ status: 'failed', reason: 'worker_lost' });
    expect(await containersOf(stack.deployment)).toEqual([]);
  });
});

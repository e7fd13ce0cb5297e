import { afterEach, describe, expect, test } from '@jest/globals';
import { redisBacklog } from '@gantry/storage';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

const MANY = 1200;

describe('what metrics are told of the queue', () => {
  let executions: RedisExecutions;
  afterEach(async () => executions[Symbol.asyncDispose]());

  async function waiting(tenant: string, requires: string[] = []): Promise<string> {
    const execution = sampleExecution({ tenant, maxQueued: 10_000, request: sampleRequest({ requires }) });
    await executions.store.create(execution);
    await executions.store.accept(execution.id);
    return execution.id;
  }

  test('how many wait and run, since when, and whose they are, whatever they require', async () => {
    executions = await openRedisExecutions();
    const { redis, deployment, attempts } = executions;
    expect(await redisBacklog(redis, deployment)).toEqual({ waiting: 0, running: 0, oldestMs: 0, tenants: [] });
    const first = await waiting('alice');
    await waiting('alice');
    await waiting('alice', ['gpu']);
    await waiting('bob', ['gpu']);
    const queue = await redisBacklog(redis, deployment);
    expect(queue).toMatchObject({ waiting: 4, running: 0 });
    expect(queue.oldestMs).toBeGreaterThanOrEqual(0);
    expect(queue.tenants.sort((a, b) => (a.tenant < b.tenant ? -1 : 1))).toEqual([
      { tenant: 'alice', queued: 3 },
      { tenant: 'bob', queued: 1 },
    ]);
    await attempts.start(first, { worker: 'w', nonce: 'n', leaseMs: 5000 });
    expect(await redisBacklog(redis, deployment)).toMatchObject({ waiting: 3, running: 1 });
    await attempts.finish(first, 1, sampleResult());
    expect(await redisBacklog(redis, deployment)).toMatchObject({ waiting: 3, running: 0 });
  });

  test('a thousand tenants and no more, in little time', async () => {
    executions = await openRedisExecutions();
    const { redis, deployment } = executions;
    await Promise.all(Array.from({ length: MANY }, (_, i) => waiting(`tenant-${i}`)));
    const startedAt = performance.now();
    const { waiting: all, tenants } = await redisBacklog(redis, deployment);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(all).toBe(MANY);
    expect(tenants.length).toBe(1000);
    // Reading anything of this lane would fail.
    await redis.zadd(`{${deployment}}:lanes`, 1, 'unread');
    await redis.set(`{${deployment}}:lane:unread:tenants`, 'no zset');
    expect((await redisBacklog(redis, deployment)).tenants.length).toBe(1000);
  });
});

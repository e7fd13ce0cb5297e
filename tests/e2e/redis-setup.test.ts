import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HealthView, ReadinessView } from '@gantry/contracts';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/process.js';
import { RedisServer } from '../support/redis-server.js';
import { startStack, type Stack } from '../support/stack.js';

const PASSWORD = 'never-to-be-seen';

describe('how Redis is set up', () => {
  let directory: string;
  let redis: RedisServer;
  let stack: Stack;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'gantry-redis-'));
    redis = await RedisServer.start(directory, { appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
    stack = await startStack({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await stack?.close();
    await redis?.kill();
    await rm(directory, { recursive: true, force: true });
  });

  test('is warned of once a process, told by /health and /readyz, and looked at again after an outage', async () => {
    const api = new Api(stack.url);
    for (const process of [stack.gateway, stack.workers[0]]) {
      const told = process?.tail().match(/Redis is not set up for a queue/g);
      expect(told).toHaveLength(1);
    }
    const problems = [expect.stringContaining('set appendonly yes'), expect.stringContaining('allkeys-lru')];
    expect((await api.call<HealthView>('GET', '/health')).body.redis_problems).toEqual(problems);
    const ready = await api.call<ReadinessView>('GET', '/readyz');
    expect(ready.body).toMatchObject({
      ready: true,
      checks: { redis: { ok: true, message: expect.stringMatching(/appendonly.*evicted/) } },
    });
    await redis.call('CONFIG', 'SET', 'appendonly', 'yes');
    await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(async () => {
      expect((await api.call<HealthView>('GET', '/health')).body).toMatchObject({ redis_available: true });
      expect((await api.call<HealthView>('GET', '/health')).body).not.toHaveProperty('redis_problems');
    });
  });

  test.each(['gateway', 'worker'])('keeps a strict %s from starting, which says why and what to set', async (name) => {
    await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    const env = { ...stack.env, REDIS_STRICT: 'true', PORT: '0' };
    const process = new ServiceProcess(`apps/${name}/dist/main.js`, env);
    await expect(process.logged(`${name} started`)).rejects.toThrow(
      /REDIS_STRICT is on[\s\S]*set maxmemory-policy noeviction/,
    );
    await process.stop();
  });

  test('a full one is told as such, quickly, and taken again when there is room', async () => {
    const api = new Api(stack.url);
    await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await redis.call('CONFIG', 'SET', 'maxmemory', '1');
    const refused = await api.call('POST', '/execute', { language: 'bash', code: 'echo no' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'redis_full' } });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    await redis.call('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(async () =>
      expect((await api.execute({ language: 'bash', code: 'echo yes' })).stdout).toBe('yes\n'),
    );
  });

  test.each([
    ['a password that is refused', (port: number) => `redis://guarded:${PASSWORD}@127.0.0.1:${port}`],
    ['an address that is malformed', (port: number) => `redis://:${PASSWORD}/@127.0.0.1:${port}`],
    ['an address that is not there', () => `redis://user:${PASSWORD}@127.0.0.1:1`],
  ])('%s ends a start, and is never written', async (_name, address) => {
    await redis.call('ACL', 'SETUSER', 'guarded', 'on', '>another', '+@all');
    const env = { ...stack.env, REDIS_URL: address(redis.port), PORT: '0', LOG_LEVEL: 'debug' };
    const process = new ServiceProcess('apps/gateway/dist/main.js', env);
    await expect(process.logged('gateway started')).rejects.toThrow(/The process ended[\s\S]*(Redis|REDIS_URL)/);
    expect(process.all()).not.toContain(PASSWORD);
  });
});

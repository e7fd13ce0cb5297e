import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { RedisQueueNews, type Redis } from '@gantry/storage';
import { sampleExecution } from '../support/executions.js';
import { openRedisExecutions } from '../support/redis-executions.js';
import { RedisServer } from '../support/redis-server.js';

/** How often a command was called, by scripts too. */
async function calls(redis: Redis, command: string): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

test('a look for who is to be told where it stands costs little however many tenants wait, and comes in small steps', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-queue-news-'));
  try {
    await using server = await RedisServer.start(directory, { appendonly: 'no' });
    await using ports = await openRedisExecutions({ url: server.url });
    const executions = Array.from({ length: 600 }, (_, i) =>
      sampleExecution({ tenant: `t${i % 300}`, maxQueued: 9999 }),
    );
    for (let at = 0; at < executions.length; at += 50) {
      const some = executions.slice(at, at + 50);
      await Promise.all(some.map((execution) => ports.store.create(execution)));
      await Promise.all(some.map(({ id }) => ports.store.accept(id)));
    }
    // As if they had come long ago.
    const queued = `{${ports.deployment}}:queued`;
    await ports.redis.zadd(queued, ...executions.flatMap(({ id }, i) => [i + 1, id]));
    const news = new RedisQueueNews({ redis: ports.redis, deployment: ports.deployment });
    const before = { zcard: await calls(ports.redis, 'zcard'), evalsha: await calls(ports.redis, 'evalsha') };
    const due = await news.due(100);
    expect(due).toHaveLength(100);
    expect(due[99]?.place).toMatchObject({ ownAhead: 0 });
    expect(due[99]?.place.ahead).toBeLessThanOrEqual(300);
    const steps = 4;
    expect((await calls(ports.redis, 'evalsha')) - before.evalsha).toBe(steps);
    expect((await calls(ports.redis, 'zcard')) - before.zcard).toBeLessThanOrEqual(200 * steps);
    // The next look goes on behind; who asks in between is told nothing.
    expect(await news.due(100)).toEqual([]);
    await ports.redis.del(`{${ports.deployment}}:news-told`);
    const next = await news.due(2000);
    expect(new Set([...due, ...next].map(({ id }) => id)).size).toBe(due.length + next.length);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

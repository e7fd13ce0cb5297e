import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkerStatus } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import { knownWorker } from '@gantry/core/fakes';
import { RedisWorkerDirectory } from '@gantry/storage';
import { eventually } from '../support/eventually.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

let redis: RedisExecutions;
let warnings: Record<string, unknown>[];
beforeEach(async () => {
  redis = await openRedisExecutions();
  warnings = [];
});
afterEach(async () => redis[Symbol.asyncDispose]());

function directory(freshMs = 0): RedisWorkerDirectory {
  const ignore = (): void => undefined;
  const warn = (fields: object): void => void warnings.push({ ...fields });
  const logger: Logger = { debug: ignore, info: ignore, warn, error: ignore, child: () => logger };
  const clock = { now: () => 0, monotonic: () => performance.now() };
  return new RedisWorkerDirectory({ ...redis, redis: redis.redis, clock, logger, freshMs });
}

function statusOf(id: string, more: Partial<WorkerStatus> = {}): WorkerStatus {
  const { ageMs: _, ...status } = knownWorker({ id, ...more });
  return status;
}
const key = (): string => `{${redis.deployment}}:workers`;

describe('the directory of workers', () => {
  test('has who was heard lately, with how long ago, and nobody else', async () => {
    const workers = directory();
    await workers.announce(statusOf('b'), 6000);
    await workers.announce(statusOf('a', { tags: ['gpu'], pool: [{ kind: 'python', ready: 2 }] }), 6000);
    await workers.announce(statusOf('gone'), 1);
    await eventually(async () => expect([...(await workers.alive())].sort()).toEqual(['a', 'b']));
    const [a, b] = await workers.list();
    expect([a?.id, b?.id]).toEqual(['a', 'b']);
    expect(a).toMatchObject({ tags: ['gpu'], pool: [{ kind: 'python', ready: 2 }] });
    expect(a?.ageMs).toBeLessThan(2000);
    await workers.withdraw(statusOf('a'));
    expect((await workers.list()).map(({ id }) => id)).toEqual(['b']);
  });

  test('gives a name to one process at a time', async () => {
    const workers = directory();
    const first = statusOf('w', { instance: 'one', host: 'here', pid: 4711 });
    const second = statusOf('w', { instance: 'two' });
    expect(await workers.announce(first, 6000)).toEqual({ kind: 'said', order: null });
    const refused = await workers.announce(second, 6000);
    expect(refused).toMatchObject({ kind: 'taken', by: { host: 'here', pid: 4711 } });
    expect(refused.kind === 'taken' && refused.goneInMs).toBeGreaterThan(4000);
    // Whoever does not have the name does not take it away either.
    await workers.withdraw(second);
    expect((await workers.list()).map(({ instance }) => instance)).toEqual(['one']);
    await workers.announce(first, 1);
    await eventually(async () => expect(await workers.announce(second, 6000)).toMatchObject({ kind: 'said' }));
    expect(await workers.announce(first, 6000)).toMatchObject({ kind: 'taken' });
  });

  test('keeps an order over heartbeats and outages, for this process only, and says it at once', async () => {
    const workers = directory();
    const heard: string[] = [];
    await using _ = await workers.onOrder('w', () => heard.push('w'));
    await using __ = await workers.onOrder('other', () => heard.push('other'));
    expect(await workers.order('w', 'drain')).toBe(false);
    await workers.announce(statusOf('w'), 200);
    expect(await workers.order('w', 'drain')).toBe(true);
    await eventually(() => expect(heard).toEqual(['w']));
    await eventually(async () => expect(await workers.list()).toEqual([]));
    expect(await workers.order('w', 'resume')).toBe(false);
    expect(await workers.announce(statusOf('w'), 6000)).toEqual({ kind: 'said', order: 'drain' });
    await workers.order('w', 'resume');
    expect(await workers.announce(statusOf('w'), 1)).toEqual({ kind: 'said', order: 'resume' });
    await eventually(async () =>
      expect(await workers.announce(statusOf('w', { instance: '2' }), 6000)).toEqual({ kind: 'said', order: null }),
    );
    expect(await redis.redis.hlen(`${key().replace(':workers', '')}:worker-orders`)).toBe(0);
  });

  test('leaves out what it does not understand, says so once, and does not count it as gone', async () => {
    const workers = directory();
    await workers.announce(statusOf('w'), 6000);
    const later = JSON.stringify({ ...statusOf('later'), slots: { of: 'another kind' } });
    const until = Date.now() + 3_600_000;
    await redis.redis.hset(key(), 'later', `{"until":${until},"instance":"x","said":1,"status":${later}}`, 'junk', '{');
    await redis.redis.hset(key(), 'old', JSON.stringify({ until, status: { ...statusOf('old'), at: 1 } }));
    for (let i = 0; i < 3; i++) expect((await workers.list()).map(({ id }) => id)).toEqual(['old', 'w']);
    expect(warnings).toMatchObject([{ workerId: 'later', fault: expect.stringContaining('slots') as unknown }]);
    expect([...(await workers.alive())].sort()).toEqual(['junk', 'later', 'old', 'w']);
  });

  test('forgets a worker and what it was asked to do, long after it was heard', async () => {
    const workers = directory();
    await workers.announce(statusOf('w'), 6000);
    await workers.order('w', 'drain');
    const entry = (await redis.redis.hget(key(), 'w')) ?? '';
    await redis.redis.hset(key(), 'w', entry.replace(/"until":\d+/, `"until":${Date.now() - 300_000}`));
    await workers.list();
    expect(await redis.redis.hexists(key(), 'w')).toBe(1);
    await redis.redis.hset(key(), 'w', entry.replace(/"until":\d+/, `"until":${Date.now() - 700_000}`));
    await workers.list();
    expect(await redis.redis.keys(`{${redis.deployment}}*`)).toEqual([]);
  });

  test('answers from what it knows while it asks anew', async () => {
    const workers = directory(10_000);
    await workers.announce(statusOf('a'), 6000);
    expect(await workers.list()).toHaveLength(1);
    await workers.announce(statusOf('b'), 6000);
    expect(await workers.list()).toHaveLength(1);
  });
});

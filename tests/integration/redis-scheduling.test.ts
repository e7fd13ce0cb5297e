import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KnownWorker } from '@gantry/contracts';
import { tellQueuePlaces, type Handled, type JobDelivery } from '@gantry/core';
import { knownWorker } from '@gantry/core/fakes';
import { BullmqJobConsumer, BullmqJobQueue } from '@gantry/queue';
import { silentLogger } from '@gantry/service';
import { connectRedis, RedisQueueNews, type Redis } from '@gantry/storage';
import { keepQueue } from '../../apps/worker/src/queue-keeper.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';
import { redisUrl } from '../support/requirements.js';

describe('the queue on Redis', () => {
  let executions: RedisExecutions;
  let prefix: string;
  beforeEach(async () => {
    executions = await openRedisExecutions();
    prefix = `{${executions.deployment}}`;
  });
  afterEach(async () => executions[Symbol.asyncDispose]());

  async function accepted(tenant = 'acme', requires: string[] = [], maxRunning: number | null = null): Promise<string> {
    const execution = sampleExecution({ tenant, maxRunning, request: sampleRequest({ requires }) });
    await executions.store.create(execution);
    await executions.store.accept(execution.id);
    return execution.id;
  }
  let nonces = 0;
  async function runNext(tags: string[] = []): Promise<string | null> {
    const nonce = `n${++nonces}`;
    const taken = await executions.scheduler.take({ worker: 'w', nonce, leaseMs: 5000, tags });
    if (!taken) return null;
    const { id } = taken.record;
    expect(await executions.attempts.start(id, { worker: 'w', nonce, leaseMs: 5000 })).toMatchObject({
      kind: 'started',
    });
    await executions.attempts.finish(id, 1, sampleResult());
    return id;
  }
  /** As if they had come long ago. */
  const age = (id: string): Promise<unknown> => executions.redis.zadd(`${prefix}:queued`, 1, id);

  test('keeps nothing of a tenant whose last offer has lapsed', async () => {
    const id = await accepted('z', [], 1);
    await executions.store.create(sampleExecution({ tenant: 'z', acceptWithinMs: 1 }));
    await executions.store.cancel(id, 'z');
    await eventually(async () => {
      await executions.attempts.lapsed(10);
      expect(await executions.redis.exists(`${prefix}:queued:z`)).toBe(0);
    });
    expect(await executions.redis.exists(`${prefix}:tenant:z`)).toBe(0);
  });

  test('keeps nothing of tenants and lanes in which nobody waits and nothing runs', async () => {
    for (const tenant of ['a', 'b', 'c']) {
      for (const requires of [[], ['gpu'], ['eu', 'gpu']]) {
        await accepted(tenant, requires, 2);
        await accepted(tenant, requires, 2);
      }
    }
    const cancelled = await accepted('d', ['eu'], 1);
    while ((await runNext()) !== null || (await runNext(['gpu', 'eu'])) === null) {
      if ((await executions.redis.zcard(`${prefix}:queued`)) === 0) break;
    }
    while ((await runNext(['gpu', 'eu'])) !== null);
    await executions.store.cancel(cancelled, 'd');
    const keys = (await executions.redis.keys(`${prefix}:*`)).map((key) => key.slice(prefix.length + 1));
    const kept = /^(x:|index:|taken:|usage|places$|kept)|^lane:.*:mean$/;
    expect(keys.filter((key) => !kept.test(key))).toEqual([]);
    for (const key of keys.filter((name) => /^taken:|:mean$/.test(name)))
      expect(await executions.redis.pttl(`${prefix}:${key}`)).toBeGreaterThan(0);
  });

  test('lines up again what was accepted and is in no line any more', async () => {
    const ids = [await accepted('a'), await accepted('b', ['gpu'])];
    const lines = await executions.redis.keys(`${prefix}:lane*`);
    await executions.redis.unlink(...lines);
    expect(await runNext()).toBeNull();
    expect(await executions.scheduler.takeable()).toBe(0);
    for (const id of ids) await age(id);
    expect(await executions.scheduler.takeable()).toBe(1);
    expect([await runNext(), await runNext(['gpu'])]).toEqual(ids);
  });

  test('serves what a version without lanes has accepted', async () => {
    const id = await accepted();
    await executions.redis.unlink(...(await executions.redis.keys(`${prefix}:lane*`)));
    await executions.redis.hdel(`${prefix}:x:${id}`, 'lane', 'priority', 'cap', 'place');
    const { requires: _requires, priority: _priority, code: _code, stdin: _stdin, ...spec } = sampleRequest();
    await executions.redis.hset(`${prefix}:x:${id}`, 'spec', JSON.stringify(spec));
    await age(id);
    expect(await executions.scheduler.takeable()).toBe(1);
    const taken = await executions.scheduler.take({ worker: 'w', nonce: 'n', leaseMs: 5000, tags: [] });
    expect(taken?.record).toMatchObject({ id, request: { requires: [], priority: 5 } });
  });

  test('tells in its events where one stands that did not start at once, and again only when it has come half the way', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push(await accepted());
    const last = ids[3] ?? '';
    const news = new RedisQueueNews({ redis: executions.redis, deployment: executions.deployment });
    const list = (): Promise<KnownWorker[]> => Promise.resolve([knownWorker({ slots: 2 })]);
    const told = async (): Promise<number[]> => {
      await executions.redis.del(`${prefix}:news-told`);
      await tellQueuePlaces({ news, workers: { list } });
      const events = await executions.events.recent(last, 100);
      return events.flatMap(({ type, data }) => (type === 'status' && data.queue ? [data.queue.position] : []));
    };
    expect(await told()).toEqual([]);
    await Promise.all(ids.map(age));
    expect(await told()).toEqual([4]);
    await runNext();
    expect(await told()).toEqual([4]);
    await runNext();
    expect(await told()).toEqual([4, 2]);
    expect(await told()).toEqual([4, 2]);
    expect((await executions.events.recent(ids[0] ?? '', 100)).map(({ type }) => type)).toEqual([
      'status',
      'status',
      'status',
      'result',
    ]);
  });

  describe('with tokens in BullMQ', () => {
    let connections: Redis[];
    let queue: BullmqJobQueue;
    let consumers: BullmqJobConsumer[];
    beforeEach(async () => {
      connections = [];
      consumers = [];
      queue = new BullmqJobQueue({ redis: await connect(), deployment: executions.deployment, queue: 'execution' });
    });
    afterEach(async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop(0)));
      await queue.close();
      for (const redis of connections) redis.disconnect();
    });

    async function connect(): Promise<Redis> {
      const redis = await connectRedis({
        url: redisUrl(),
        deployment: executions.deployment,
        role: 'persistent',
        name: 'test',
        onOutage: () => undefined,
      });
      connections.push(redis);
      return redis;
    }
    async function consume(handler: (delivery: JobDelivery) => Promise<Handled>): Promise<BullmqJobConsumer> {
      const options = { deployment: executions.deployment, queue: 'execution', concurrency: 1 } as const;
      const more = { redis: await connect(), logger: silentLogger, onLost: () => undefined };
      const consumer = new BullmqJobConsumer({ ...options, ...more });
      consumers.push(consumer);
      consumer.start(handler);
      return consumer;
    }

    test('a token for which a worker has no room goes to another at once, and to it again when it has room', async () => {
      const seen: string[] = [];
      const full = await consume((delivery) => {
        seen.push(`full ${delivery.id}`);
        return Promise.resolve(seen.length > 1 ? 'done' : 'not_now');
      });
      await queue.enqueue('one');
      await eventually(() => expect(seen).toEqual(['full one']));
      await eventually(async () => expect(await queue.depth()).toEqual({ waiting: 1, active: 0 }));
      const other = await consume((delivery) => Promise.resolve((seen.push(`other ${delivery.id}`), 'done')));
      await eventually(() => expect(seen).toEqual(['full one', 'other one']));
      await other.stop(0);
      full.resume();
      await queue.enqueue('two');
      await eventually(() => expect(seen).toEqual(['full one', 'other one', 'full two']));
    });

    test('a worker that has room again before its token is back goes on taking them', async () => {
      let seen = 0;
      const consumer = await consume(() => {
        if (++seen > 1) return Promise.resolve('done');
        queueMicrotask(() => consumer.resume());
        return Promise.resolve('not_now');
      });
      await queue.enqueueTokens(3);
      await eventually(async () => expect(await queue.depth()).toEqual({ waiting: 0, active: 0 }));
    });

    test('a paused worker that waits for a token takes none, and does not keep it from others', async () => {
      const seen: string[] = [];
      const paused = await consume((delivery) => Promise.resolve((seen.push(`paused ${delivery.id}`), 'done')));
      // It has served one, so it waits for the next.
      await queue.enqueue('first');
      await eventually(() => expect(seen).toEqual(['paused first']));
      await paused.pause();
      await consume((delivery) => Promise.resolve((seen.push(`open ${delivery.id}`), 'done')));
      for (let i = 0; i < 5; i++) {
        await queue.enqueue(`job${i}`);
        await eventually(() => expect(seen.at(-1)).toBe(`open job${i}`));
      }
      paused.resume();
    });

    test('what failed at a worker whose clock is minutes ahead is delivered again in time by another', async () => {
      const realNow = Date.now;
      Date.now = () => realNow() + 600_000;
      try {
        let failed = 0;
        const ahead = await consume(() => {
          failed++;
          return Promise.reject(new Error('no engine here'));
        });
        await queue.enqueue('one');
        await eventually(() => expect(failed).toBe(1));
        // Its engine stays away: it takes no more.
        await ahead.stop(5000);
      } finally {
        Date.now = realNow;
      }
      const seen: number[] = [];
      await consume((delivery) => Promise.resolve((seen.push(delivery.failedBefore), 'done')));
      await eventually(() => expect(seen).toEqual([1]));
    });

    test('what fails is delivered again after a moment, and so often as may be', async () => {
      const at: number[] = [];
      await consume((delivery) => {
        at.push(performance.now());
        return delivery.retriesLeft && at.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve('done');
      });
      await queue.enqueue('one');
      await eventually(() => expect(at).toHaveLength(3));
      const [first = 0, second = 0, third = 0] = at;
      expect(second - first).toBeGreaterThan(200);
      expect(third - second).toBeGreaterThan(450);
      await eventually(async () => expect(await queue.depth()).toEqual({ waiting: 0, active: 0 }));
    });

    test('missing tokens are made up for, as many as there are executions to take', async () => {
      for (let i = 0; i < 3; i++) await accepted('a', [], 2);
      await accepted('b');
      await accepted('b', ['gpu']);
      const keep = (): Promise<void> =>
        keepQueue({ scheduler: executions.scheduler, tokens: queue, end: () => undefined, logger: silentLogger });
      await queue.enqueueTokens(1);
      await keep();
      expect((await queue.depth()).waiting).toBe(3);
      await keep();
      expect((await queue.depth()).waiting).toBe(3);
    });

    test('a token that a worker with a wrong clock put in for later does not stand for one that is missing', async () => {
      await accepted('a');
      await queue.enqueueTokens(1, 600_000);
      await keepQueue({ scheduler: executions.scheduler, tokens: queue, end: () => undefined, logger: silentLogger });
      expect(await queue.ready()).toBe(1);
    });
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NewExecution, WebhookOrder, WebhookStore } from '@gantry/core';
import { BullmqJobConsumer, BullmqJobQueue } from '@gantry/queue';
import { silentLogger } from '@gantry/service';
import { connectRedis, RedisWebhookSecrets, RedisWebhookStore } from '@gantry/storage';
import { Courier } from '../../apps/gateway/src/webhooks/courier.js';
import { GuardedSender } from '../../apps/gateway/src/webhooks/guarded-sender.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';
import { RedisServer } from '../support/redis-server.js';
import { redisUrl } from '../support/requirements.js';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

const orderFor = (url: string): WebhookOrder => ({
  url,
  host: new URL(url).host,
  secretName: null,
  headers: {},
  about: { language: 'python' },
});
const ATTEMPT = { at: 1, durationMs: 1, httpStatus: 200, fault: null, nextAt: null };

/** One that ended before it was started. */
async function endOne({ store }: RedisExecutions, url: string, tenant = 'acme'): Promise<string> {
  const execution = sampleExecution({ tenant, webhook: orderFor(url), maxQueued: 10_000, maxQueuedPerTenant: 10_000 });
  await store.create(execution);
  await store.accept(execution.id);
  await store.cancel(execution.id, tenant);
  return execution.id;
}

describe('webhooks that are due', () => {
  let executions: RedisExecutions;
  let webhooks: WebhookStore;
  beforeEach(async () => {
    executions = await openRedisExecutions();
    webhooks = new RedisWebhookStore(executions);
  });
  afterEach(async () => {
    await executions[Symbol.asyncDispose]();
  });

  const url = 'https://hooks.example/';
  const redeliver = (id: string, tenant: string): ReturnType<WebhookStore['redeliver']> =>
    webhooks.redeliver(id, tenant, 100);
  const take = (nonce: string, leaseMs = 10_000): ReturnType<WebhookStore['take']> => webhooks.take({ nonce, leaseMs });

  test('are noted with the end, once, however it ended', async () => {
    const { store, attempts } = executions;
    const execution = sampleExecution({ webhook: orderFor(url) });
    await store.create(execution);
    await store.accept(execution.id);
    expect(await webhooks.log(execution.id, 'acme')).toEqual({
      host: 'hooks.example',
      state: 'waiting',
      attemptCount: 0,
      attempts: [],
    });
    await attempts.start(execution.id, { worker: 'w', nonce: 'n', leaseMs: 1000 });
    expect(await take('early')).toBeNull();
    expect(await redeliver(execution.id, 'acme')).toBe('not_due');
    // As the reaper ends those of a lost worker.
    await attempts.finish(
      execution.id,
      null,
      sampleResult({ status: 'failed', reason: 'worker_lost', exitCode: null }),
    );
    await attempts.finish(execution.id, 1, sampleResult());
    const due = await take('n1');
    expect(due).toMatchObject({
      id: execution.id,
      tenant: 'acme',
      webhook: orderFor(url),
      status: 'failed',
      result: { reason: 'worker_lost' },
      attempt: 1,
      tries: 0,
    });
    expect(await take('n2')).toBeNull();
    expect(await webhooks.settle(execution.id, 'other', { state: 'delivered', attempt: ATTEMPT })).toBe(false);
    expect(await webhooks.settle(execution.id, 'n1', { state: 'delivered', attempt: ATTEMPT })).toBe(true);
    expect(await webhooks.log(execution.id, 'acme')).toMatchObject({
      state: 'delivered',
      attemptCount: 1,
      attempts: [ATTEMPT],
    });
    expect((await store.get(execution.id, 'acme'))?.webhook).toEqual({ host: 'hooks.example', state: 'delivered' });
    expect([await webhooks.log(execution.id, 'other'), await redeliver(execution.id, 'other')]).toEqual([
      null,
      'unknown',
    ]);
    const left = await executions.redis.keys(`{${executions.deployment}}:webhook*`);
    expect(left.sort()).toEqual(
      [`:webhook:${execution.id}`, `:webhook:${execution.id}:log`].map((key) => `{${executions.deployment}}${key}`),
    );
    for (const key of left) expect(await executions.redis.pttl(key)).toBeGreaterThan(0);
  });

  test('are handed on when who took one fell silent, or gives it back', async () => {
    const id = await endOne(executions, url);
    expect(await take('silent', 20)).toMatchObject({ id });
    await eventually(async () => expect(await webhooks.due(10)).toBe(1));
    expect(await webhooks.settle(id, 'silent', { state: 'failed', attempt: ATTEMPT })).toBe(false);
    expect(await take('second')).toMatchObject({ id, tries: 0 });
    await webhooks.release(id, 'second');
    expect(await take('third')).toMatchObject({ id, tries: 0 });
  });

  test('come again at their time, and from the start when they are asked for', async () => {
    const id = await endOne(executions, url);
    await take('n1');
    const attempt = { ...ATTEMPT, httpStatus: 500, fault: 'http_status' as const, nextAt: Date.now() + 60_000 };
    await webhooks.settle(id, 'n1', { state: 'retry', delayMs: 60_000, attempt });
    expect([await take('n2'), await webhooks.due(10)]).toEqual([null, 0]);
    expect(await redeliver(id, 'acme')).toBe('queued');
    expect(await take('n3')).toMatchObject({ id, tries: 0 });
  });

  test('wait by the clock of the store, whatever that of the gateway says', async () => {
    const id = await endOne(executions, url);
    await take('n1');
    const attempt = { ...ATTEMPT, httpStatus: 500, fault: 'http_status' as const, nextAt: Date.now() - 3_600_000 };
    await webhooks.settle(id, 'n1', { state: 'retry', delayMs: 60_000, attempt });
    expect([await take('n2'), await webhooks.due(10)]).toEqual([null, 0]);
  });

  test('asked for again while the last attempt is under way, one that fails is not the end', async () => {
    const failed = {
      state: 'failed' as const,
      attempt: { ...ATTEMPT, httpStatus: 400, fault: 'http_status' as const },
    };
    const id = await endOne(executions, url);
    await take('n1');
    expect(await redeliver(id, 'acme')).toBe('queued');
    await webhooks.settle(id, 'n1', failed);
    expect(await webhooks.log(id, 'acme')).toMatchObject({ state: 'pending', attemptCount: 1 });
    expect(await take('n2')).toMatchObject({ id, tries: 0 });
    await webhooks.settle(id, 'n2', failed);
    expect([await take('n3'), await webhooks.log(id, 'acme')]).toMatchObject([null, { state: 'failed' }]);
  });

  test('one host has four under way at once, and one tenant sixteen; others are served meanwhile', async () => {
    for (let host = 0; host < 6; host++) {
      for (let i = 0; i < 6; i++) await endOne(executions, `https://h${host}.example/`);
    }
    for (let i = 0; i < 5; i++) await endOne(executions, url, 'small');
    const other = await endOne(executions, url, 'small');
    const taken: string[] = [];
    for (let due = await take('0'); due; due = await take(String(taken.length)))
      taken.push(`${due.tenant} ${due.webhook.host}`);
    const perHost = [0, 1, 2, 3, 4, 5].map((host) => taken.filter((each) => each === `acme h${host}.example`).length);
    expect([...perHost].sort((a, b) => a - b)).toEqual([2, 2, 3, 3, 3, 3]);
    expect(perHost.reduce((a, b) => a + b)).toBe(16);
    expect(taken.filter((each) => each.startsWith('small'))).toHaveLength(4);
    expect((await webhooks.log(other, 'small'))?.state).toBe('pending');
  });

  test('who has none under way goes before who has, whatever waits there: tenants, and hosts of one', async () => {
    for (let i = 0; i < 3; i++) await endOne(executions, 'https://hangs.example/');
    await endOne(executions, url);
    await endOne(executions, url, 'small');
    const turns: string[] = [];
    for (let i = 0; i < 4; i++) {
      const due = await take(String(i));
      turns.push(`${due?.tenant} ${due?.webhook.host}`);
    }
    expect(turns).toEqual(['acme hangs.example', 'small hooks.example', 'acme hooks.example', 'acme hangs.example']);
  });

  test('no more are taken than may be untold, and none is dropped for it', async () => {
    const { store } = executions;
    const offer = (wish: Partial<NewExecution> = {}): NewExecution =>
      sampleExecution({ webhook: orderFor(url), maxWebhooks: 3, ...wish });
    const full = { kind: 'too_many_webhooks', webhooks: 3 };
    const offers = Array.from({ length: 10 }, () => offer({ idempotencyKey: randomUUID() }));
    const outcomes = await Promise.all(offers.map((each) => store.create(each)));
    const [first, second, third] = offers.filter((_, at) => outcomes[at]?.kind === 'created');
    if (!first || !second || !third) throw new Error('Three must have been taken');
    expect(outcomes.filter(({ kind }) => kind !== 'created')).toEqual(Array.from({ length: 7 }, () => full));
    // A repeat is told what it has; who wants nothing told, and other tenants, are not concerned.
    expect(await store.create({ ...offer(), idempotencyKey: first.idempotencyKey })).toMatchObject({ id: first.id });
    expect(await store.create(offer({ webhook: null }))).toEqual({ kind: 'created' });
    expect(await store.create(offer({ tenant: 'other' }))).toEqual({ kind: 'created' });
    // An offer that was taken back leaves its place; one that has ended does so when it has been told of.
    await store.withdraw(first.id);
    const next = offer();
    expect([await store.create(next), await store.create(offer())]).toEqual([{ kind: 'created' }, full]);
    for (const { id } of [second, third]) {
      await store.accept(id);
      await store.cancel(id, 'acme');
    }
    const pending = (await take('n1'))?.id ?? '';
    await webhooks.settle(pending, 'n1', { state: 'retry', delayMs: 60_000, attempt: ATTEMPT });
    expect(await store.create(offer())).toEqual(full);
    const refused = (await take('n2'))?.id ?? '';
    await webhooks.settle(refused, 'n2', { state: 'failed', attempt: ATTEMPT });
    expect([await store.create(offer()), await store.create(offer())]).toEqual([{ kind: 'created' }, full]);
    // What is given up is not asked for again beyond the cap; what is pending anyway is.
    expect(await webhooks.redeliver(refused, 'acme', 3)).toBe('too_many');
    expect((await webhooks.log(refused, 'acme'))?.state).toBe('failed');
    expect(await webhooks.redeliver(pending, 'acme', 3)).toBe('queued');
    expect(await webhooks.redeliver(refused, 'acme', 4)).toBe('queued');
    expect(await store.create(offer({ maxWebhooks: 4 }))).toEqual({ kind: 'too_many_webhooks', webhooks: 4 });
  });

  test('none is lost while Redis is full', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'gantry-webhooks-'));
    try {
      await using server = await RedisServer.start(directory);
      await using full = await openRedisExecutions({ url: server.url });
      const store = new RedisWebhookStore(full);
      const [first, second] = [await endOne(full, url), await endOne(full, url)];
      expect(await store.take({ nonce: 'n', leaseMs: 20 })).toMatchObject({ id: first });
      await server.call('CONFIG', 'SET', 'maxmemory', '1');
      await expect(store.take({ nonce: 'm', leaseMs: 20 })).rejects.toThrow();
      await expect(store.settle(first, 'n', { state: 'delivered', attempt: ATTEMPT })).rejects.toThrow();
      await expect(store.release(first, 'n')).rejects.toThrow();
      await expect(store.due(10)).rejects.toThrow();
      await server.call('CONFIG', 'SET', 'maxmemory', '0');
      await eventually(async () => expect(await store.due(10)).toBe(2));
      const again = [await store.take({ nonce: 'a', leaseMs: 1000 }), await store.take({ nonce: 'b', leaseMs: 1000 })];
      expect(new Set(again.map((due) => due?.id))).toEqual(new Set([first, second]));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('couriers', () => {
  let executions: RedisExecutions;
  const closers: (() => PromiseLike<void> | void)[] = [];
  beforeEach(async () => {
    executions = await openRedisExecutions();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await executions[Symbol.asyncDispose]();
  });

  async function startCourier(): Promise<Courier> {
    const { redis, deployment } = executions;
    const connection = {
      url: redisUrl(),
      deployment,
      role: 'persistent',
      name: 'test',
      onOutage: () => undefined,
    } as const;
    const blocking = await connectRedis(connection);
    closers.push(() => blocking.disconnect());
    const queue = new BullmqJobQueue({ redis, deployment, queue: 'webhook' });
    closers.push(() => queue.close());
    const named = { deployment, queue: 'webhook', concurrency: 64, logger: silentLogger } as const;
    const consumer = new BullmqJobConsumer({ ...named, redis: blocking, onLost: () => undefined });
    const courier = new Courier({
      webhooks: new RedisWebhookStore(executions),
      webhookSecrets: new RedisWebhookSecrets(executions),
      secretBox: null,
      queue,
      consumer,
      clock,
      logger: silentLogger,
      sender: new GuardedSender({
        rules: { allowHttp: true, allowedNetworks: ['127.0.0.1/32'] },
        resolve: () => Promise.resolve([]),
        timeoutMs: 60_000,
      }),
      leaseMs: 65_000,
      maxTokens: 64,
      retrySchedule: [100],
      userAgent: 'test',
    });
    const listening = await courier.start();
    closers.push(
      () => consumer.stop(0),
      () => listening[Symbol.asyncDispose](),
    );
    return courier;
  }

  const closing = async <T extends AsyncDisposable>(thing: T): Promise<T> => {
    closers.push(() => thing[Symbol.asyncDispose]());
    return thing;
  };

  test('a thousand ends for a receiver that never answers hold up none for another', async () => {
    const hanging: ServerResponse[] = [];
    const dead = await closing(await startReceiver({ answer: (_request, response) => void hanging.push(response) }));
    const live: WebhookReceiver = await closing(await startReceiver());
    await startCourier();
    for (let ended = 0; ended < 1000; ended += 50)
      await Promise.all(Array.from({ length: 50 }, () => endOne(executions, dead.url)));
    await eventually(() => expect(hanging).toHaveLength(4));
    await Promise.all(Array.from({ length: 20 }, () => endOne(executions, live.url)));
    // Long before the first attempt at the other one has timed out.
    await eventually(() => expect(live.received).toHaveLength(20), 20_000);
    // Four connections and no more, whatever waits: nothing of it is held in the process.
    expect([hanging.length, dead.connections()]).toEqual([4, 4]);
    // It is back: what waited behind the four goes on at once.
    dead.answer = (_request, response) => void response.writeHead(204).end();
    for (const response of hanging) response.writeHead(204).end();
    await eventually(() => expect(new Set(dead.received.map(({ body }) => body)).size).toBeGreaterThan(100));
  });

  test('what was missed is found while many wait for their next attempt', async () => {
    const receiver = await closing(await startReceiver());
    const queue = new BullmqJobQueue({ redis: executions.redis, deployment: executions.deployment, queue: 'webhook' });
    closers.push(() => queue.close());
    // What attempts that failed leave behind.
    await queue.enqueueTokens(100, 3_600_000);
    // Nobody listens yet.
    await endOne(executions, receiver.url);
    const courier = await startCourier();
    await courier.round();
    await eventually(() => expect(receiver.received).toHaveLength(1));
  });

  test('each end is told once by several, and what was missed is found by a round', async () => {
    const receiver = await closing(await startReceiver());
    const early = await endOne(executions, receiver.url);
    const [courier] = await Promise.all([startCourier(), startCourier()]);
    await courier?.round();
    await eventually(() => expect(receiver.received[0]?.body).toContain(early));
    await Promise.all(Array.from({ length: 50 }, () => endOne(executions, receiver.url)));
    await eventually(() => expect(receiver.received).toHaveLength(51));
    await courier?.round();
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(51);
    expect(receiver.received).toHaveLength(51);
  });
});

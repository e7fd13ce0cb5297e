import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unranResult, type ExecutionResult, type ImageRequest } from '@gantry/contracts';
import { roomOfInputs, type NewExecution, type UsageStore } from '@gantry/core';
import { IMAGE_JOBS, RedisFileStore, RedisJobStore, RedisTenantStorage, RedisUsageStore } from '@gantry/storage';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

const DAY_MS = 86_400_000;

describe('what tenants used', () => {
  let ports: RedisExecutions;
  let usage: UsageStore;
  beforeEach(async () => {
    ports = await openRedisExecutions();
    usage = new RedisUsageStore(ports);
  });
  afterEach(async () => {
    await ports[Symbol.asyncDispose]();
  });

  async function accepted(overrides: Partial<NewExecution> = {}): Promise<string> {
    const execution = sampleExecution(overrides);
    expect(await ports.store.create(execution)).toEqual({ kind: 'created' });
    expect(await ports.store.accept(execution.id)).toBe(true);
    return execution.id;
  }
  async function ended(result: Partial<ExecutionResult>, overrides: Partial<NewExecution> = {}): Promise<string> {
    const id = await accepted(overrides);
    expect(await ports.attempts.finish(id, null, sampleResult(result))).toBe(true);
    return id;
  }
  /** The server's day. */
  async function today(): Promise<number> {
    return Math.floor(Number((await ports.redis.time())[0]) / 86_400);
  }
  const measured = (cpuMs: number | null): Pick<ExecutionResult, 'usage'> => ({
    usage: { cpuMs, peakMemoryBytes: null, peakProcesses: null },
  });

  test('is counted with the end of each execution, once, by status', async () => {
    const id = await ended({ executionMs: 1500, ...measured(700) });
    expect(await ports.attempts.finish(id, null, sampleResult())).toBe(false);
    await ended({ status: 'failed', executionMs: 100.4, ...measured(20.6) });
    await ended({ status: 'timeout', executionMs: 1000, ...measured(1) });
    await ended({}, { tenant: 'other' });
    const cancelled = await accepted();
    await ports.store.cancel(cancelled, 'acme');
    await accepted();
    const { days, queued, running } = await usage.read('acme');
    expect({ queued, running }).toEqual({ queued: 1, running: 0 });
    const ends = { completed: 1, failed: 1, timeout: 1, cancelled: 1 };
    expect(days).toEqual([{ day: await today(), ended: ends, cpuMs: 722, runMs: 2600 }]);
    expect((await usage.tenants(10)).map(({ tenant }) => tenant).sort()).toEqual(['acme', 'other']);
  });

  test('of many that end at the same time is all there', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => accepted()));
    await Promise.all(
      ids.flatMap((id) => [1, 2].map(() => ports.attempts.finish(id, null, sampleResult(measured(5))))),
    );
    expect((await usage.read('acme')).days[0]).toMatchObject({ cpuMs: 300, ended: { completed: 60 } });
  });

  test('is the wall time where processor time was not measured, and nothing where nothing ran', async () => {
    await ended({ executionMs: 400, ...measured(null) });
    await ended(unranResult('failed', 'worker_lost', 'lost'));
    expect((await usage.read('acme')).days[0]).toMatchObject({ cpuMs: 400, runMs: 400, ended: { failed: 1 } });
  });

  test('of an attempt that was lost with its worker is what it had told until then, for each attempt', async () => {
    const id = await accepted({ request: sampleRequest({ retryOnWorkerLost: 1 }) });
    const lost = unranResult('failed', 'worker_lost', 'lost');
    const attempt = async (...told: (number | null)[]): Promise<string> => {
      const nonce = randomUUID();
      await ports.scheduler.take({ worker: 'w', nonce, leaseMs: 60_000, tags: [] });
      const started = await ports.attempts.start(id, { worker: 'w', nonce, leaseMs: 1 });
      if (started.kind !== 'started') throw new Error(started.kind);
      const used = told.map((cpuMs) => ({ type: 'usage' as const, data: { ...measured(cpuMs).usage } }));
      await ports.events.append({ id, attempt: started.attempt, offset: 0 }, used);
      await eventually(async () => expect(await ports.attempts.lapsed(10)).toContain(id));
      const outcome = await ports.attempts.lose(id, lost);
      expect(await ports.attempts.lose(id, lost)).toBe('kept');
      return outcome;
    };
    expect(await attempt(200, 700)).toBe('again');
    expect((await usage.read('acme')).days[0]).toMatchObject({ cpuMs: 700, ended: { failed: 0 } });
    // Lost before it told anything.
    expect(await attempt()).toBe('ended');
    expect((await usage.read('acme')).days[0]?.cpuMs).toBe(700);
  });

  test('what was offered and taken back counts for nothing', async () => {
    const offered = sampleExecution();
    await ports.store.create(offered);
    await ports.store.withdraw(offered.id);
    await ports.store.withdraw(await accepted());
    expect((await usage.read('acme')).days[0]?.ended).toEqual({ completed: 0, failed: 0, timeout: 0, cancelled: 0 });
  });

  test('past the processor time of a day nothing more is taken, until the day ends', async () => {
    const quota = { cpuMsPerDay: 1000 };
    const id = await ended(measured(999), { ...quota, idempotencyKey: 'k' });
    await ended(measured(500), quota);
    const { kind, ...facts } = (await ports.store.create(sampleExecution(quota))) as Record<string, number | string>;
    expect(kind).toBe('cpu_quota_exceeded');
    expect(facts).toEqual({ spentMs: 1499, resetsAt: ((await today()) + 1) * DAY_MS, retryMs: expect.any(Number) });
    expect(Math.abs(Number(facts['resetsAt']) - Number(facts['retryMs']) - Date.now())).toBeLessThan(5000);
    // What was submitted before is told again; another tenant, and a key with more, are not concerned.
    const again = await ports.store.create(sampleExecution({ ...quota, idempotencyKey: 'k' }));
    expect(again).toMatchObject({ kind: 'existing', id });
    expect(await ports.store.create(sampleExecution({ ...quota, tenant: 'other' }))).toEqual({ kind: 'created' });
    expect(await ports.store.create(sampleExecution({ cpuMsPerDay: 1500 }))).toEqual({ kind: 'created' });
    expect(await ports.store.create(sampleExecution({ cpuMsPerDay: null }))).toEqual({ kind: 'created' });
    expect(await ports.store.create(sampleExecution({ cpuMsPerDay: 0, tenant: 'new' }))).toMatchObject({ spentMs: 0 });
  });

  test('of yesterday does not count today; what began yesterday and ends today does', async () => {
    const day = await today();
    const key = (back: number): string => `{${ports.deployment}}:usage:acme:${day - back}`;
    const running = await accepted();
    await ports.redis.hset(key(1), { cpu: '999999', completed: '7' });
    await ports.redis.hset(key(30), { cpu: '3', failed: '1' });
    await ports.redis.hset(key(31), { cpu: '4', failed: '1' });
    expect(await ports.store.create(sampleExecution({ cpuMsPerDay: 1000 }))).toEqual({ kind: 'created' });
    await ports.attempts.finish(running, null, sampleResult(measured(2000)));
    expect(await ports.store.create(sampleExecution({ cpuMsPerDay: 1000 }))).toMatchObject({ spentMs: 2000 });
    const { days } = await usage.read('acme');
    expect(days.map((each) => [day - each.day, each.cpuMs])).toEqual([
      [0, 2000],
      [1, 999_999],
      [30, 3],
    ]);
  });

  test('is forgotten after a month', async () => {
    await ended({});
    const [name = ''] = await ports.redis.keys(`{${ports.deployment}}:usage:acme:*`);
    const leftDays = (await ports.redis.pttl(name)) / DAY_MS;
    expect(leftDays).toBeGreaterThan(30);
    expect(leftDays).toBeLessThanOrEqual(32);
  });

  test('room of what came with a request is free with its end, however it ends', async () => {
    const rooms = new RedisTenantStorage(ports);
    const ids = [await accepted(), await accepted(), await accepted()];
    const until = Date.now() + 60_000;
    for (const id of ids) await rooms.hold({ tenant: 'acme', entry: roomOfInputs(id), bytes: 10, until, cap: null });
    const kept = async (): Promise<number> => (await usage.read('acme')).storage.keptBytes;
    expect(await kept()).toBe(30);
    await ports.attempts.finish(ids[0] ?? '', null, sampleResult());
    expect(await kept()).toBe(20);
    await ports.store.cancel(ids[1] ?? '', 'acme');
    expect(await kept()).toBe(10);
    await ports.attempts.finish(ids[2] ?? '', null, unranResult('failed', 'worker_lost', 'lost'));
    expect(await kept()).toBe(0);
  });

  test('room of what came with an image job, or with an offer that lapsed, is free with its end too', async () => {
    const rooms = new RedisTenantStorage(ports);
    const images = new RedisJobStore({ family: IMAGE_JOBS, ...ports, retentionMs: 60_000 });
    const [job, offer] = [sampleExecution(), sampleExecution({ idempotencyKey: 'k' })];
    const until = Date.now() + 60_000;
    for (const { id } of [job, offer])
      await rooms.hold({ tenant: 'acme', entry: roomOfInputs(id), bytes: 10, until, cap: null });
    const kept = async (): Promise<number> => (await usage.read('acme')).storage.keptBytes;
    await images.create({ ...job, request: { kind: 'create' } as ImageRequest });
    await images.accept(job.id);
    await images.cancel(job.id, 'acme');
    expect(await kept()).toBe(10);
    await ports.store.create(offer);
    await ports.store.withdraw(offer.id);
    expect(await kept()).toBe(0);
  });

  test('room is that of files and of all else together, and a file is refused above its cap', async () => {
    const [files, rooms] = [new RedisFileStore(ports), new RedisTenantStorage(ports)];
    const until = Date.now() + 60_000;
    const caps = { maxFiles: 10, maxBytes: 1000, maxStorageBytes: 100 };
    const file = {
      id: 'file_1',
      tenant: 'acme',
      filename: 'f',
      language: null,
      size: 70,
      sha256: '',
      mediaType: '',
      uploadedAt: 0,
      expiresAt: until,
    };
    expect(await files.add(file, caps)).toEqual({ added: true });
    expect(await rooms.hold({ tenant: 'acme', entry: 'x', bytes: 31, until, cap: 100 })).toEqual({
      held: false,
      current: 70,
    });
    await rooms.hold({ tenant: 'acme', entry: 'x', bytes: 30, until, cap: 100 });
    expect(await files.add({ ...file, id: 'file_2', size: 1 }, caps)).toEqual({
      added: false,
      limit: 'storage_bytes',
      current: 100,
    });
    expect((await usage.read('acme')).storage).toEqual({ fileBytes: 70, keptBytes: 30 });
    // What a program leaves is held to the cap with which it was submitted.
    const left = async (overrides: Partial<NewExecution>): Promise<{ held: boolean; current: number }> => {
      const cap = { ofExecution: await accepted(overrides) };
      return rooms.hold({ tenant: 'acme', entry: 'y', bytes: 50, until, cap });
    };
    expect(await left({})).toMatchObject({ held: true });
    await rooms.release('acme', 'y');
    expect(await left({ storageBytes: 120 })).toMatchObject({ held: false });
    expect(await left({ storageBytes: 150 })).toEqual({ held: true, current: 150 });
    // With its last entry a tenant leaves nothing.
    await rooms.release('acme', 'x');
    await rooms.release('acme', 'y');
    await files.remove('acme', 'file_1');
    expect(await ports.redis.keys(`{${ports.deployment}}:kept:*`)).toEqual([]);
    expect(await ports.redis.keys(`{${ports.deployment}}:*caps*`)).toEqual([]);
  });
});

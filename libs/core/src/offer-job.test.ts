import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { FakeClock, knownWorker, MemoryExecutions, MemoryJobQueue, MemoryTenantStorage } from './fakes/index.js';
import type { Brought, JobOffer, OfferDeps } from './job-offer.js';
import { findRepeated, fingerprintOf, offerJob, requireWorker } from './offer-job.js';
import { idleTracer } from './tracing/idle-tracer.js';
import type { ExecutionRequest } from '@gantry/contracts';

const request: ExecutionRequest = {
  runtime: 'bash',
  code: '',
  args: [],
  stdin: '',
  env: {},
  workingDirectory: '/workspace',
  imageId: null,
  files: [],
  artifacts: [],
  limits: DEFAULT_LIMITS,
  onOutputLimit: 'truncate',
  stdinMode: 'input',
  preload: true,
  isolation: 'default',
  requires: [],
  priority: 5,
  retryOnWorkerLost: 0,
  cache: null,
};

describe('offering a job', () => {
  let executions: MemoryExecutions;
  let queue: MemoryJobQueue;
  let deps: OfferDeps<ExecutionRequest>;
  beforeEach(() => {
    executions = new MemoryExecutions(new FakeClock());
    queue = new MemoryJobQueue();
    const log = (): void => undefined;
    const logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
    const rules = { maxQueued: 99, maxQueuedPerTenant: 99, acceptWithinMs: 1000 };
    deps = { store: executions, queue, logger, tracer: idleTracer, rules };
  });
  const fingerprint = fingerprintOf(request);
  const offer = (queued: 'id' | 'token' | 'none', id = 'x1'): ReturnType<typeof offerJob> =>
    offerJob(deps, { id, tenant: 't', request, fingerprint, idempotencyKey: null, queued });

  test('is accepted also when its token is not, which is made up for', async () => {
    queue.broken = true;
    expect(await offer('token')).toEqual({ id: 'x1', created: true });
    expect(await executions.takeable()).toBe(1);
  });

  test('is not accepted when its place in a queue is not, for nobody would find it', async () => {
    queue.broken = true;
    await expect(offer('id')).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(await executions.get('x1', 't')).toBeNull();
  });

  test('that got no place in a queue is not what a repeat with its key is told of', async () => {
    const repeated = (id: string): ReturnType<typeof offerJob> =>
      offerJob(deps, { id, tenant: 't', request, fingerprint, idempotencyKey: 'k', queued: 'id' });
    queue.broken = true;
    await expect(repeated('x1')).rejects.toMatchObject({ code: 'redis_unavailable' });
    queue.broken = false;
    expect(await repeated('x2')).toEqual({ id: 'x2', created: true });
    expect(queue.waiting).toEqual(['x2']);
  });

  test('puts nothing into the queue when it is looked for elsewhere', async () => {
    await offer('none');
    expect(queue.waiting).toEqual([]);
  });

  test('of which an offer is there with the same key is accepted on behalf of both, or told to neither', async () => {
    const repeated = (id: string): ReturnType<typeof offerJob> =>
      offerJob(deps, { id, tenant: 't', request, fingerprint, idempotencyKey: 'k', queued: 'token' });
    const limits = { acceptWithinMs: 1000, maxQueued: 9, maxQueuedPerTenant: 9 };
    const first = { id: 'x1', tenant: 't', request, fingerprint: fingerprintOf(request), idempotencyKey: 'k' };
    await executions.create({ ...first, ...limits });
    expect(await repeated('x2')).toEqual({ id: 'x1', created: false });
    expect(await executions.takeable()).toBe(1);
    expect(await repeated('x3')).toEqual({ id: 'x1', created: false });
    expect(await executions.takeable()).toBe(1);
  });

  test('is refused when it was accepted too late, and never runs', async () => {
    deps.rules.acceptWithinMs = -1;
    await expect(offer('token')).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(await executions.takeable()).toBe(0);
  });
});

describe('what comes with a job', () => {
  const clock = new FakeClock();
  let executions: MemoryExecutions;
  let rooms: MemoryTenantStorage;
  let deps: OfferDeps<ExecutionRequest>;
  let kept: string[];
  let keeping: (id: string) => Promise<void>;
  beforeEach(() => {
    rooms = new MemoryTenantStorage(clock);
    executions = new MemoryExecutions(clock, rooms);
    const log = (): void => undefined;
    const logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
    const rules = { maxQueued: 99, maxQueuedPerTenant: 99, acceptWithinMs: 1000 };
    deps = { store: executions, queue: new MemoryJobQueue(), logger, tracer: idleTracer, rules };
    kept = [];
    keeping = () => Promise.resolve();
  });
  const brought: Brought = {
    bytes: 60,
    until: clock.now() + 60_000,
    cap: 100,
    keep: async (id) => {
      kept.push(id);
      await keeping(id);
    },
    giveUp: (id) => {
      kept = kept.filter((holder) => holder !== id);
      return Promise.resolve();
    },
  };
  const offer = (id: string, more: Partial<JobOffer<ExecutionRequest>> = {}): ReturnType<typeof offerJob> =>
    offerJob(deps, {
      id,
      tenant: 't',
      request,
      fingerprint: 'f',
      idempotencyKey: 'k',
      queued: 'token',
      brought,
      ...more,
    });

  test('takes room once, however often the request is repeated, also where there is no room for two', async () => {
    expect(await offer('x1')).toEqual({ id: 'x1', created: true });
    for (const id of ['x2', 'x3']) expect(await offer(id)).toEqual({ id: 'x1', created: false });
    expect(rooms.bytesOf('t')).toBe(60);
    expect(kept).toEqual(['x1']);
    await expect(offer('x4', { idempotencyKey: 'other' })).rejects.toMatchObject({
      code: 'storage_quota_exceeded',
      quota: { limit: 'storage_bytes', allowed: 100, current: 60 },
    });
    expect(kept).toEqual(['x1']);
    await executions.cancel('x1', 't');
    expect(rooms.bytesOf('t')).toBe(0);
  });

  test('is kept for one execution by requests that come at the same time, and whoever is first lets it run', async () => {
    let go = (): void => undefined;
    const first = new Promise<void>((resolve) => (go = resolve));
    keeping = () => (kept.length === 1 ? first : Promise.resolve());
    const answers = [offer('x1'), offer('x2')];
    expect(await answers[1]).toEqual({ id: 'x1', created: false });
    expect(kept).toEqual(['x1', 'x1']);
    expect(await executions.takeable()).toBe(1);
    go();
    expect(await answers[0]).toEqual({ id: 'x1', created: true });
    expect(await executions.takeable()).toBe(1);
    expect(rooms.bytesOf('t')).toBe(60);
  });

  test('leaves neither offer nor room when it cannot be kept', async () => {
    keeping = () => Promise.reject(new Error('full'));
    for (const key of ['k', null]) await expect(offer(`x-${key}`, { idempotencyKey: key })).rejects.toThrow('full');
    expect(rooms.bytesOf('t')).toBe(0);
    expect(kept).toEqual([]);
    expect(await executions.get('x-k', 't')).toBeNull();
  });

  test('stays when another request with the key has got it accepted while this one failed', async () => {
    let fail = (_error: Error): void => undefined;
    const first = new Promise<void>((_resolve, reject) => (fail = reject));
    keeping = () => (kept.length === 1 ? first : Promise.resolve());
    const failing = offer('x1');
    await offer('x2');
    fail(new Error('broke'));
    await expect(failing).rejects.toThrow('broke');
    expect(kept).toEqual(['x1', 'x1']);
    expect(await executions.takeable()).toBe(1);
    expect(rooms.bytesOf('t')).toBe(60);
  });

  test('is offered anew by a request that joined an offer which was taken back', async () => {
    keeping = async (id) => {
      if (id === 'x1') await executions.withdraw('x1');
    };
    const limits = { acceptWithinMs: 1000, maxQueued: 9, maxQueuedPerTenant: 9 };
    await executions.create({ id: 'x1', tenant: 't', request, fingerprint: 'f', idempotencyKey: 'k', ...limits });
    expect(await offer('x2')).toEqual({ id: 'x2', created: true });
    expect(kept).toEqual(['x2']);
    expect(rooms.bytesOf('t')).toBe(60);
  });

  test('may take longer than an offer stands', async () => {
    deps.rules.acceptWithinMs = 30;
    keeping = async () => {
      for (let i = 0; i < 5; i++) {
        clock.advance(20);
        // The offer is prolonged meanwhile, three times as often as it must be.
        const deadline = performance.now() + 25;
        while (performance.now() < deadline) await new Promise(setImmediate);
      }
    };
    expect(await offer('x1')).toEqual({ id: 'x1', created: true });
  });

  test('is not asked for again once it was accepted: the key is enough', async () => {
    const repeat = { tenant: 't', idempotencyKey: 'k', fingerprint: 'f' };
    expect(await findRepeated(executions, repeat)).toBeNull();
    await offer('x1');
    expect(await findRepeated(executions, repeat)).toEqual({ id: 'x1', created: false });
    expect(await findRepeated(executions, { ...repeat, idempotencyKey: null })).toBeNull();
    expect(await findRepeated(executions, { ...repeat, tenant: 'other' })).toBeNull();
    await expect(findRepeated(executions, { ...repeat, fingerprint: 'g' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });
});

describe('who can run it', () => {
  const list = (...workers: Parameters<typeof knownWorker>[0][]): Parameters<typeof requireWorker>[0] => ({
    list: () => Promise.resolve(workers.map((worker) => knownWorker(worker))),
  });

  test('is one worker that has all tags, works and does not drain', async () => {
    await requireWorker(list({ tags: ['gpu', 'eu'] }), ['eu', 'gpu']);
    await requireWorker(list({ tags: ['gpu'] }));
    const refused = requireWorker(list({ tags: ['gpu'] }, { tags: ['eu'] }, { tags: ['eu', 'gpu'], draining: true }), [
      'eu',
      'gpu',
    ]);
    await expect(refused).rejects.toMatchObject({
      code: 'no_worker',
      message: 'No worker has all of the tags eu, gpu',
    });
    await expect(requireWorker(list(), ['gpu'])).rejects.toMatchObject({ message: 'No worker is connected' });
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { FakeClock, knownWorker, MemoryExecutions, MemoryJobQueue } from './fakes/index.js';
import { fingerprintOf, offerJob, requireWorker, type OfferDeps } from './offer-job.js';
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
  const offer = (queued: 'id' | 'token' | 'none', id = 'x1'): ReturnType<typeof offerJob> =>
    offerJob(deps, { id, tenant: 't', request, idempotencyKey: null, queued });

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
      offerJob(deps, { id, tenant: 't', request, idempotencyKey: 'k', queued: 'id' });
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
      offerJob(deps, { id, tenant: 't', request, idempotencyKey: 'k', queued: 'token' });
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

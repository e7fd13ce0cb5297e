import { expect, test } from '@jest/globals';
import { unranResult } from '@gantry/contracts';
import { sampleExecution, sampleRequest } from '../../../tests/support/executions.js';
import { endAttempt } from './end-attempt.js';
import { FakeClock, MemoryBlobStore, MemoryExecutions, MemoryResultCache, MemoryTenantStorage } from './fakes/index.js';
import type { Logger } from './ports/index.js';
import { idleTracer } from './tracing/idle-tracer.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const ended = { result: unranResult('completed', 'exit_code', '') };

test.each([
  [0, 'released by the end of a lost attempt, which was the only one', 1],
  [1, 'kept over the end of a lost attempt for the next one, whose end releases them', 0],
])('with %d retries input files are %s', async (retryOnWorkerLost, _what, releasedEarly) => {
  const clock = new FakeClock();
  const blobs = new MemoryBlobStore(clock);
  const attempts = new MemoryExecutions(clock);
  const job = sampleExecution();
  const keeping = { maxBytes: 9, keepUntil: clock.now() + 60_000, holder: job.id };
  const content = await blobs.put(Buffer.from('data'), keeping);
  const files = [{ path: '/workspace/a', mode: 0o644, ...content }];
  await attempts.create({ ...job, request: sampleRequest({ retryOnWorkerLost, files }) });
  await attempts.accept(job.id);
  const record = await attempts.load(job.id);
  if (!record) throw new Error('nothing was accepted');
  const deps = {
    attempts,
    blobs,
    storage: new MemoryTenantStorage(clock),
    tracer: idleTracer,
    logger: silent,
    cache: new MemoryResultCache(),
    runtimes: { list: () => [], resolve: () => null },
    executorDigest: () => null,
  };
  const end = (attempt: number): Promise<unknown> =>
    endAttempt(deps, { record, started: { attempt, createdAt: 0, startedAt: 0 }, acquireMs: 0 }, ended);
  await attempts.start(job.id, { worker: 'w1', nonce: 'a', leaseMs: 1000 });
  clock.advance(1000);
  await attempts.lose(job.id, unranResult('failed', 'worker_lost', ''));
  expect(await end(1)).toBeNull();
  expect(await blobs.expire(9)).toBe(releasedEarly);
  if (retryOnWorkerLost === 0) return;
  await attempts.start(job.id, { worker: 'w2', nonce: 'b', leaseMs: 1000 });
  expect(await end(2)).toMatchObject({ attempt: 2 });
  expect(await blobs.expire(9)).toBe(1);
});

test('what its worker had to stop runs again elsewhere, as often as its request allows', async () => {
  const clock = new FakeClock();
  const attempts = new MemoryExecutions(clock);
  const job = sampleExecution();
  await attempts.create({ ...job, request: sampleRequest({ retryOnWorkerLost: 1 }) });
  await attempts.accept(job.id);
  const record = await attempts.load(job.id);
  if (!record) throw new Error('nothing was accepted');
  const deps = {
    attempts,
    blobs: new MemoryBlobStore(clock),
    storage: new MemoryTenantStorage(clock),
    tracer: idleTracer,
    logger: silent,
    cache: new MemoryResultCache(),
    runtimes: { list: () => [], resolve: () => null },
    executorDigest: () => null,
  };
  const stopped = { result: unranResult('failed', 'worker_lost', 'The worker had to stop before the program ended') };
  const stop = async (attempt: number): Promise<unknown> => {
    await attempts.start(job.id, { worker: `w${attempt}`, nonce: String(attempt), leaseMs: 60_000 });
    return endAttempt(deps, { record, started: { attempt, createdAt: 0, startedAt: 0 }, acquireMs: 0 }, stopped);
  };
  expect(await stop(1)).toBeNull();
  expect(await attempts.load(job.id)).toMatchObject({ status: 'pending', attempt: 1, worker: null });
  expect(await stop(2)).toMatchObject({ attempt: 2, result: { reason: 'worker_lost' } });
  expect(await attempts.load(job.id)).toMatchObject({ status: 'failed', attempt: 2 });
});

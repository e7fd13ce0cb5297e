import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unbuiltResult, type BuiltImage, type ImageRequest, type ImageResult, type Recipe } from '@gantry/contracts';
import { newImageJobId, recipeId, type AttemptStore, type ImageJobStore, type ImageStore } from '@gantry/core';
import { MemoryImageJobs, MemoryImageStore } from '@gantry/core/fakes';
import { IMAGE_JOBS, RedisAttemptStore, RedisEventLog, RedisImageStore, RedisJobStore } from '@gantry/storage';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions } from '../support/redis-executions.js';

const recipe = (which: string): Recipe => ({
  schema: 1,
  base: null,
  runtimes: [{ name: 'python', install: null }],
  layers: [[{ manager: 'pip', name: 'a', version: `==${which.length}` }]],
  env: { WHICH: which },
  dockerfile: null,
});
const [A, B, C] = ['a', 'bb', 'ccc'].map((which) => ({ recipe: recipe(which), id: recipeId(recipe(which)) })) as [
  { recipe: Recipe; id: string },
  { recipe: Recipe; id: string },
  { recipe: Recipe; id: string },
];
const built: BuiltImage = {
  reference: 'r',
  digest: 'sha256:1',
  sizeBytes: 123,
  layersTotal: 2,
  layersCached: 1,
  source: 'built',
};

interface Ports extends AsyncDisposable {
  images: ImageStore;
  /** One more execution of the tenant on the image; the result ends it. */
  use(tenant: string, image: string): Promise<() => Promise<void>>;
}

function openMemory(): Promise<Ports> {
  const images = new MemoryImageStore({ now: () => Date.now(), monotonic: () => performance.now() });
  const add = (key: string, by: number): unknown => images.inUse.set(key, (images.inUse.get(key) ?? 0) + by);
  return Promise.resolve({
    images,
    use: async (tenant, image) => {
      add(`${tenant} ${image}`, 1);
      return async () => void add(`${tenant} ${image}`, -1);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

async function openRedis(): Promise<Ports> {
  const executions = await openRedisExecutions();
  const { redis, subscriber, deployment, store, attempts } = executions;
  const images = new RedisImageStore({ redis, subscriber, deployment });
  let used = 0;
  return {
    images,
    use: async (tenant, imageId) => {
      const execution = sampleExecution({ tenant, request: sampleRequest({ imageId }) });
      await store.create(execution);
      await store.accept(execution.id);
      // Every other one runs, so that waiting and running ones are counted.
      if (used++ % 2 === 0) await attempts.start(execution.id, { worker: 'w', nonce: 'n', leaseMs: 60_000 });
      return async () => void (await attempts.finish(execution.id, null, sampleResult()));
    },
    [Symbol.asyncDispose]: () => executions[Symbol.asyncDispose](),
  };
}

describe.each(
  backends<[string, () => Promise<Ports>]>([
    ['in memory', openMemory],
    ['on Redis', openRedis],
  ]),
)('images and names %s', (_name, open) => {
  let ports: Ports;
  let images: ImageStore;
  beforeEach(async () => {
    ports = await open();
    images = ports.images;
  });
  afterEach(async () => {
    await ports[Symbol.asyncDispose]();
  });

  test('are known to those who put them, by id and by name', async () => {
    await images.put('t', A.id, A.recipe);
    await images.put('t', A.id, A.recipe);
    await images.tag('t', 'mine', A.id);
    await images.tag('t', 'also', A.id);
    const image = await images.get('t', 'mine');
    expect(image).toMatchObject({ ...A, names: ['also', 'mine'], digest: null, sizeBytes: null });
    expect(await images.get('t', A.id)).toEqual(image);
    expect(await images.get('other', A.id)).toBeNull();
    expect(await images.get('other', 'mine')).toBeNull();
    await images.tag('other', 'stolen', A.id);
    expect(await images.get('other', 'stolen')).toBeNull();
  });

  test('a name moves, and is another image for another tenant', async () => {
    await images.put('t', A.id, A.recipe);
    await images.put('t', B.id, B.recipe);
    await images.put('other', B.id, B.recipe);
    await images.tag('t', 'name', A.id);
    await images.tag('other', 'name', B.id);
    expect((await images.get('t', 'name'))?.id).toBe(A.id);
    expect((await images.get('other', 'name'))?.id).toBe(B.id);
    await images.tag('t', 'name', B.id);
    expect((await images.get('t', 'name'))?.id).toBe(B.id);
    expect((await images.get('t', A.id))?.names).toEqual([]);
  });

  test('tell what they became, to everybody who knows them, and when they were used', async () => {
    await images.built(A.id, built);
    expect(await images.recipe(A.id)).toBeNull();
    await images.put('t', A.id, A.recipe);
    await images.built(A.id, built);
    await images.put('other', A.id, A.recipe);
    const before = await images.get('other', A.id);
    expect(before).toMatchObject({ digest: 'sha256:1', sizeBytes: 123 });
    await eventually(async () => {
      expect(await images.recipe(A.id)).toEqual(A.recipe);
      expect((await images.get('t', A.id))?.lastUsedAt).toBeGreaterThan(before?.lastUsedAt ?? 0);
    });
  });

  test('are listed newest first, in pages, to their tenant', async () => {
    for (const { id, recipe: made } of [A, B, C]) {
      await images.put('t', id, made);
      const since = Date.now();
      await eventually(() => expect(Date.now()).toBeGreaterThan(since + 1));
    }
    await images.put('other', A.id, A.recipe);
    const first = await images.list('t', { limit: 2, cursor: null });
    expect(first.images.map(({ id }) => id)).toEqual([C.id, B.id]);
    const second = await images.list('t', { limit: 2, cursor: first.nextCursor });
    expect(second).toMatchObject({ images: [{ id: A.id }], nextCursor: null });
    expect((await images.list('nobody', { limit: 2, cursor: null })).images).toEqual([]);
  });

  test('are forgotten one tenant at a time; the last one is told to the workers', async () => {
    const gone: string[] = [];
    await using _listening = await images.onForgotten((id) => gone.push(id));
    await images.put('t', A.id, A.recipe);
    await images.put('other', A.id, A.recipe);
    await images.tag('t', 'name', A.id);
    expect(await images.forget('nobody', A.id)).toEqual({ kind: 'unknown' });
    expect(await images.forget('t', A.id)).toEqual({ kind: 'forgotten', last: false });
    expect(await images.get('t', 'name')).toBeNull();
    expect(await images.recipe(A.id)).toEqual(A.recipe);
    expect(await images.forget('other', A.id)).toEqual({ kind: 'forgotten', last: true });
    expect(await images.recipe(A.id)).toBeNull();
    await eventually(() => expect(gone).toEqual([A.id]));
  });

  test('are not forgotten while executions wait or run on them', async () => {
    await images.put('t', A.id, A.recipe);
    await images.put('other', A.id, A.recipe);
    const ends = await Promise.all(Array.from({ length: 6 }, () => ports.use('t', A.id)));
    await ports.use('t', B.id);
    expect(await images.uses('t', A.id)).toBe(6);
    expect(await images.uses('other', A.id)).toBe(0);
    expect(await images.forget('t', A.id)).toEqual({ kind: 'in_use', uses: 6 });
    expect(await images.forget('other', A.id)).toEqual({ kind: 'forgotten', last: false });
    for (const end of ends) await end();
    expect(await images.forget('t', A.id)).toEqual({ kind: 'forgotten', last: true });
  });
});

describe('image jobs beside executions on Redis', () => {
  test('share nothing but the deployment', async () => {
    await using executions = await openRedisExecutions();
    const { redis, subscriber, deployment, store } = executions;
    const shared = { family: IMAGE_JOBS, redis, deployment, retentionMs: 60_000 };
    const jobs: ImageJobStore = new RedisJobStore(shared);
    const attempts: AttemptStore<ImageRequest, ImageResult> = new RedisAttemptStore(shared, subscriber);
    const events = new RedisEventLog({ redis, subscriber, deployment, space: IMAGE_JOBS.space, maxBytes: 1e6 });
    const request: ImageRequest = { kind: 'install', imageId: B.id, recipe: B.recipe, name: 'n', parentId: A.id };
    const bounds = { acceptWithinMs: 5000, maxQueued: 1, maxQueuedPerTenant: 1 };
    const job = {
      id: newImageJobId(Date.now()),
      tenant: 'acme',
      request,
      fingerprint: 'f',
      idempotencyKey: 'k',
      ...bounds,
    };
    // A bound of one is not reached by the other kind, nor is its idempotency key taken.
    expect(await store.create(sampleExecution({ idempotencyKey: 'k' }))).toEqual({ kind: 'created' });
    expect(await jobs.create(job)).toEqual({ kind: 'created' });
    expect(await jobs.accept(job.id)).toBe(true);
    expect((await store.list('acme', { limit: 9, cursor: null, status: null })).records).toEqual([]);
    expect(await store.get(job.id, 'acme')).toBeNull();
    expect(await jobs.get(job.id, 'acme')).toMatchObject({ request, status: 'pending', result: null });
    await attempts.start(job.id, { worker: 'w', nonce: 'n', leaseMs: 0 });
    expect(await executions.attempts.lapsed(9)).toEqual([]);
    await eventually(async () => expect(await attempts.lapsed(9)).toEqual([job.id]));
    const line = { type: 'stdout', data: { text: 'a line\n', encoding: 'utf-8' } } as const;
    expect(await events.append({ id: job.id, attempt: 1, offset: 0 }, [line])).toBe(true);
    const log = { text: 'a line\n', encoding: 'utf-8', truncated: false, droppedBytes: 0 } as const;
    const result: ImageResult = {
      ...unbuiltResult('failed', 'build_failed', 'no'),
      failingLine: 'RUN x',
      log,
      buildMs: 5,
    };
    expect(await attempts.finish(job.id, 1, result)).toBe(true);
    expect((await jobs.get(job.id, 'acme'))?.result).toEqual(result);
    expect((await events.recent(job.id, 9)).map(({ type }) => type)).toEqual(['status', 'status', 'stdout', 'result']);
    const [summary] = (await jobs.list('acme', { limit: 9, cursor: null, status: 'failed' })).records;
    expect(summary).toMatchObject({ request, result: { reason: 'build_failed', log: { text: '' } } });
    const waiting = { ...job, id: newImageJobId(Date.now()), idempotencyKey: null };
    await jobs.create(waiting);
    await jobs.accept(waiting.id);
    expect(await jobs.cancel(waiting.id, 'acme')).toMatchObject({
      status: 'cancelled',
      result: unbuiltResult('cancelled', 'cancelled', 'Cancelled before it started'),
    });
    const memory = new MemoryImageJobs({ now: () => Date.now(), monotonic: () => 0 });
    await memory.create(waiting);
    await memory.accept(waiting.id);
    expect((await memory.cancel(waiting.id, 'acme'))?.result).toEqual((await jobs.get(waiting.id, 'acme'))?.result);
  });
});

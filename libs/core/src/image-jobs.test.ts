import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, type ImageJobRecord, type Runtime, type KnownWorker } from '@gantry/contracts';
import { ActiveAttempts } from './active-attempts.js';
import { cancelJob } from './cancel-job.js';
import {
  FakeClock,
  knownWorker,
  MemoryBlobStore,
  MemoryImageJobs,
  MemoryImageStore,
  MemoryJobQueue,
  MemoryTenantStorage,
  ScriptedImageBuilder,
  type BuildScript,
} from './fakes/index.js';
import { forgetImage } from './forget-image.js';
import type { CreateImageOrder, InstallPackagesOrder } from './image-order.js';
import type { JobDelivery, Logger } from './ports/index.js';
import { idleTracer } from './tracing/idle-tracer.js';
import { runImageJob, type RunImageJobDeps } from './run-image-job.js';
import { orderImage, type ImageJobDeps } from './submit-image-job.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const node: Runtime = {
  name: 'node',
  aliases: [],
  version: '22',
  fileName: 'main.js',
  extensions: [],
  install: null,
  compile: null,
  run: ['node'],
  env: {},
  preload: null,
  packageManager: 'npm',
  limits: {},
};
const create: CreateImageOrder = {
  kind: 'create',
  tenant: 't',
  languages: ['node'],
  baseOs: null,
  packages: [],
  env: {},
  dockerfile: null,
  files: [],
  name: 'mine',
  idempotencyKey: null,
};
const install: InstallPackagesOrder = {
  kind: 'install',
  tenant: 't',
  image: 'mine',
  language: 'node',
  packages: [{ text: 'lodash', version: null, path: 'package_name', versionPath: 'package_version' }],
  inPlace: false,
  name: null,
  idempotencyKey: null,
};
const never = new AbortController().signal;

describe('image jobs', () => {
  let clock: FakeClock;
  let jobs: MemoryImageJobs;
  let images: MemoryImageStore;
  let queue: MemoryJobQueue;
  let builder: ScriptedImageBuilder;
  let workers: KnownWorker[];
  let deps: ImageJobDeps;
  let run: RunImageJobDeps;

  function prepare(script?: BuildScript): void {
    clock = new FakeClock();
    jobs = new MemoryImageJobs(clock);
    images = new MemoryImageStore(clock);
    queue = new MemoryJobQueue();
    builder = new ScriptedImageBuilder(script);
    workers = [knownWorker()];
    deps = {
      imageJobs: { store: jobs, events: jobs, queue },
      images,
      imageRules: { allowedBases: [], customDockerfile: true, maxContextBytes: 100 },
      rules: { maxQueued: 9, maxQueuedPerTenant: 9, acceptWithinMs: 1000 },
      blobs: new MemoryBlobStore(clock),
      storage: new MemoryTenantStorage(clock),
      runtimes: { list: () => [node], resolve: (name) => (name === 'node' ? node : null) },
      workers: { list: () => Promise.resolve(workers) },
      clock,
      logger: silent,
      tracer: idleTracer,
    };
    const active = new ActiveAttempts();
    const { blobs, storage } = deps;
    run = {
      attempts: jobs,
      events: jobs,
      active,
      images,
      builder,
      blobs,
      storage,
      clock,
      logger: silent,
      tracer: idleTracer,
      workerId: 'w1',
      leaseMs: 1000,
    };
  }
  beforeEach(() => prepare());

  const delivery = (id: string, signal = never): JobDelivery => ({ id, signal, failedBefore: 0, retriesLeft: true });
  async function order(what: CreateImageOrder | InstallPackagesOrder = create): Promise<string> {
    const outcome = await orderImage(deps, what, 0, never);
    if (outcome.kind !== 'job') throw new Error('no job was needed');
    return outcome.record.id;
  }
  async function ended(id: string): Promise<ImageJobRecord> {
    await runImageJob(run, delivery(id));
    return (await jobs.get(id, 't')) as ImageJobRecord;
  }

  test('end as an image that its tenant knows by name', async () => {
    const id = await order();
    expect(id).toMatch(/^job_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(queue.waiting).toEqual([id]);
    expect(await images.get('t', 'mine')).toBeNull();
    const { result, request } = await ended(id);
    expect(result).toMatchObject({ status: 'completed', reason: 'built', message: null, image: { source: 'built' } });
    expect(await images.get('t', 'mine')).toMatchObject({ id: request.imageId, digest: `sha256:${request.imageId}` });
    expect(await images.get('other', request.imageId)).toBeNull();
    expect(await runImageJob(run, delivery(id))).toBeNull();
  });

  test('build on the image they install into', async () => {
    const parent = await ended(await order());
    const child = await ended(await order(install));
    expect(child.request).toMatchObject({ kind: 'install', parentId: parent.request.imageId });
    expect(child.request.recipe.layers).toEqual([[{ manager: 'npm', name: 'lodash', version: null }]]);
    expect(await images.get('t', child.request.imageId)).toMatchObject({ names: [] });
    expect(await images.get('t', 'mine')).toMatchObject({ id: parent.request.imageId });
  });

  test('are not needed for an image that a worker has', async () => {
    const first = await ended(await order());
    const again = { ...create, tenant: 'other', name: 'theirs' };
    expect((await orderImage(deps, again, 0, never)).kind).toBe('job');
    workers = workers.map((worker) => ({ ...worker, images: builder.ready().slice() }));
    const outcome = await orderImage(deps, again, 0, never);
    expect(outcome).toMatchObject({
      kind: 'ready',
      name: 'theirs',
      image: { id: first.request.imageId, names: ['theirs'] },
    });
    workers = workers.map((worker) => ({ ...worker, draining: true }));
    await expect(orderImage(deps, again, 0, never)).rejects.toMatchObject({ code: 'no_worker' });
  });

  test('tell what the builder says, in order, and keep it', async () => {
    prepare((watcher) => {
      watcher.progress('step one', 10);
      watcher.line('a');
      watcher.line('b');
      watcher.progress('step two');
      watcher.line('c');
    });
    const id = await order();
    const { result } = await ended(id);
    expect(result?.log).toMatchObject({ text: 'a\nb\nc\n', truncated: false });
    const told = (await jobs.recent(id, 100)).map(({ type, data }) => [
      type,
      'text' in data ? data.text : 'message' in data ? data.message : '',
    ]);
    expect(told).toEqual([
      ['status', ''],
      ['status', ''],
      ['progress', 'step one'],
      ['stdout', 'a\nb\n'],
      ['progress', 'step two'],
      ['stdout', 'c\n'],
      ['result', ''],
    ]);
  });

  const failure = (reason: 'build_failed' | 'build_time_limit' | 'build_memory_limit'): AppError =>
    new AppError(reason === 'build_failed' ? reason : 'build_limit', 'it broke', {
      build: { reason, failingLine: 'RUN x' },
    });
  test.each<[string, Error, object]>([
    [
      'fails',
      failure('build_failed'),
      { status: 'failed', reason: 'build_failed', failingLine: 'RUN x', message: 'it broke' },
    ],
    ['takes too long', failure('build_time_limit'), { status: 'timeout', reason: 'build_time_limit' }],
    ['takes too much', failure('build_memory_limit'), { status: 'failed', reason: 'build_memory_limit' }],
    [
      'has no base',
      new AppError('base_unavailable', 'no'),
      { status: 'failed', reason: 'base_unavailable', failingLine: null },
    ],
    ['breaks', new Error('oops'), { status: 'failed', reason: 'internal_error', message: 'oops' }],
  ])('end as what they are when a build %s, and leave no image', async (_case, error, expected) => {
    prepare((watcher) => {
      watcher.line('last words');
      throw error;
    });
    const { result } = await ended(await order());
    expect(result).toMatchObject({ ...expected, image: null, log: { text: 'last words\n' } });
    expect((await images.list('t', { limit: 9, cursor: null })).images).toEqual([]);
  });

  test('are cancelled while they wait and while they run', async () => {
    let building = (): void => undefined;
    const begun = new Promise<void>((resolve) => (building = resolve));
    prepare(async (_watcher, signal) => {
      building();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    const waiting = await order();
    expect(await cancelJob(deps.imageJobs, { id: waiting, tenant: 'other' })).toBeNull();
    expect(await cancelJob(deps.imageJobs, { id: waiting, tenant: 't' })).toMatchObject({ status: 'cancelled' });
    expect(queue.waiting).toEqual([]);
    expect(await runImageJob(run, delivery(waiting))).toBeNull();
    const running = await order({ ...create, env: { A: '1' } });
    const end = runImageJob(run, delivery(running));
    await begun;
    run.active.stop(running, 'cancelled');
    expect((await end)?.result).toMatchObject({ status: 'cancelled', reason: 'cancelled' });
  });

  test('end as worker_lost when the delivery is taken away', async () => {
    const lost = new AbortController();
    prepare((_watcher, signal) => {
      lost.abort(new Error('The lock of the job is lost'));
      signal.throwIfAborted();
    });
    expect((await runImageJob(run, delivery(await order(), lost.signal)))?.result).toMatchObject({
      reason: 'worker_lost',
    });
  });

  test.each<[string, InstallPackagesOrder, string]>([
    ['into a running container', { ...install, inPlace: true }, 'package_in_place'],
    ['into an image of nobody', { ...install, image: 'unknown' }, 'unknown_image'],
    ['into what is no image', { ...install, image: '../../etc' }, 'unknown_image'],
    ['with an unknown language', { ...install, image: null, language: 'cobol' }, 'unknown_language'],
  ])('refuse to install %s, before anything is touched', async (_case, refused, code) => {
    await expect(order(refused)).rejects.toMatchObject({ code });
    expect(queue.waiting).toEqual([]);
  });

  test('keep the files of a custom Dockerfile for as long as somebody knows the image', async () => {
    const content = Buffer.from('hello');
    const id = await order({ ...create, dockerfile: 'FROM bookworm\nCOPY a /', files: [{ path: 'a', content }] });
    const { request } = await ended(id);
    const sha256 = String(request.recipe.dockerfile?.files[0]?.sha256);
    const read = async (): Promise<Buffer> => {
      const pieces: Uint8Array[] = [];
      for await (const piece of deps.blobs.get(sha256)) pieces.push(piece);
      return Buffer.concat(pieces);
    };
    clock.advance(30 * 24 * 3600 * 1000);
    await deps.blobs.expire(9);
    expect(await read()).toEqual(content);
    const image = await images.get('t', request.imageId);
    expect(image && (await forgetImage(deps, 't', image))).toBe(true);
    expect(image && (await forgetImage(deps, 't', image))).toBe(false);
    await deps.blobs.expire(9);
    await expect(read()).rejects.toMatchObject({ code: 'not_found' });
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, type ExecutionRecord, type ExecutionRequest, type Recipe, type Runtime } from '@gantry/contracts';
import { ActiveAttempts } from './active-attempts.js';
import type { Finished } from './end-attempt.js';
import {
  FakeClock,
  MemoryBlobStore,
  MemoryExecutions,
  MemoryImageStore,
  MemoryInputChannel,
  MemoryResultCache,
  MemoryTenantStorage,
  ScriptedImageBuilder,
  ScriptedSandboxes,
  type BuildScript,
} from './fakes/index.js';
import type { JobDelivery, Logger, SandboxSpec } from './ports/index.js';
import { idleTracer } from './tracing/idle-tracer.js';
import { recipeId } from './recipe-id.js';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { runExecution, type RunDeps } from './run-execution.js';
import { baseRecipe, runtimeRecipe } from './runtime-recipe.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const lua: Runtime = {
  name: 'lua',
  aliases: [],
  version: '5.4',
  fileName: 'main.lua',
  extensions: [],
  install: { apt: ['lua5.4'], npm: [], setup: [] },
  compile: null,
  run: ['lua', '{file}'],
  env: { A: 'runtime', B: 'runtime' },
  preload: 'lua',
  packageManager: null,
  limits: {},
};
const bash: Runtime = { ...lua, name: 'bash', install: null, run: ['bash', '{file}'] };
const recipe: Recipe = { ...baseRecipe([bash]), env: { B: 'image', C: 'image' } };
const imageId = recipeId(recipe);

class SeenSandboxes extends ScriptedSandboxes {
  readonly specs: SandboxSpec[] = [];

  override acquire(spec: SandboxSpec, signal: AbortSignal): ReturnType<ScriptedSandboxes['acquire']> {
    this.specs.push(spec);
    return super.acquire(spec, signal);
  }
}

describe('an execution and its image', () => {
  let executions: MemoryExecutions;
  let images: MemoryImageStore;
  let builder: ScriptedImageBuilder;
  let sandboxes: SeenSandboxes;
  let deps: RunDeps;
  let looked: number;

  async function prepare(request: Partial<ExecutionRequest> = {}, script?: BuildScript): Promise<void> {
    const clock = new FakeClock();
    executions = new MemoryExecutions(clock);
    images = new MemoryImageStore(clock);
    builder = new ScriptedImageBuilder(script);
    sandboxes = new SeenSandboxes(async (_stage, sink) => {
      await sink.write('stdout', Buffer.from('ran'));
      return {};
    });
    looked = 0;
    const find = builder.find.bind(builder);
    builder.find = (id) => (looked++, find(id));
    deps = {
      attempts: executions,
      events: executions,
      input: new MemoryInputChannel(),
      runtimes: {
        list: () => [lua, bash],
        resolve: (name) => [lua, bash].find((entry) => entry.name === name) ?? null,
      },
      sandboxes,
      active: new ActiveAttempts(),
      clock,
      logger: silent,
      tracer: idleTracer,
      workerId: 'w1',
      imageOf: () => 'executor',
      images,
      builder,
      blobs: new MemoryBlobStore(clock),
      storage: new MemoryTenantStorage(clock),
      artifacts: { maxFiles: 0, maxFileBytes: 0, maxTotalBytes: 0, keepMs: 0 },
      cache: new MemoryResultCache(),
      executorDigest: () => null,
      leaseMs: 1000,
    };
    const full: ExecutionRequest = {
      runtime: 'lua',
      code: '',
      args: [],
      stdin: '',
      env: { C: 'request' },
      workingDirectory: '/workspace',
      imageId: null,
      files: [],
      artifacts: [],
      limits: DEFAULT_LIMITS,
      onOutputLimit: 'truncate',
      preload: true,
      stdinMode: 'input',
      isolation: 'default',
      requires: [],
      priority: 5,
      retryOnWorkerLost: 0,
      cache: null,
      ...request,
    };
    const offer = { id: 'x1', tenant: 't', request: full, fingerprint: '', idempotencyKey: null };
    await executions.create({ ...offer, acceptWithinMs: 1000, maxQueued: 9, maxQueuedPerTenant: 9 });
    await executions.accept('x1');
  }
  beforeEach(() => prepare());

  const delivery = (overrides: Partial<JobDelivery> = {}): JobDelivery => ({
    id: 'x1',
    signal: new AbortController().signal,
    failedBefore: 0,
    retriesLeft: true,
    ...overrides,
  });
  async function run(overrides: Partial<JobDelivery> = {}): Promise<Finished | null> {
    const given = { ...delivery(overrides), nonce: 'n1', stop: overrides.signal ?? new AbortController().signal };
    return runExecution(deps, { ...given, record: (await executions.load('x1')) as ExecutionRecord });
  }
  const record = async (): Promise<ExecutionRecord> => (await executions.get('x1', 't')) as ExecutionRecord;
  const id = runtimeRecipe(lua)?.id ?? '';

  test('runs on the executor image without asking anybody when nothing is to be installed', async () => {
    await prepare({ runtime: 'bash' });
    await run();
    expect(await record()).toMatchObject({ status: 'completed', result: { imageMs: null } });
    expect(sandboxes.specs).toMatchObject([{ image: 'executor', preload: 'lua' }]);
    expect(looked).toBe(0);
  });

  test('has the image made that its language needs, tells so in its events, and runs on it', async () => {
    await prepare({}, (watcher) => watcher.progress('installing', 50));
    await run();
    expect(builder.built).toEqual([id]);
    expect(sandboxes.specs).toMatchObject([{ image: `built/${id}`, attempt: 1 }]);
    expect(await record()).toMatchObject({ status: 'completed', result: { imageMs: 0, stdout: { text: 'ran' } } });
    const events = await executions.recent('x1', 100);
    expect(events.map(({ type }) => type)).toEqual(['status', 'status', 'progress', 'progress', 'stdout', 'result']);
    expect(events[2]?.data).toEqual({ message: `building image ${id} for lua` });
  });

  test('runs on an image that is there without a word about it', async () => {
    await builder.ensure(
      id,
      baseRecipe([lua]),
      { line: () => undefined, progress: () => undefined },
      delivery().signal,
    );
    await run();
    expect((await executions.recent('x1', 100)).some(({ type }) => type === 'progress')).toBe(false);
    expect((await record()).result?.imageMs).toBeNull();
  });

  test("has the environment of its image between the language's and its own", async () => {
    await prepare({ runtime: 'bash', imageId });
    await images.put('t', imageId, recipe);
    await run();
    expect(sandboxes.stages[0]?.env).toMatchObject({ A: 'runtime', B: 'image', C: 'request' });
  });

  test('does not start an interpreter in advance on a base that has none', async () => {
    const foreign = { ...recipe, base: 'alpine:3' };
    await prepare({ runtime: 'bash', imageId: recipeId(foreign) });
    await images.put('t', recipeId(foreign), foreign);
    await run();
    expect(sandboxes.specs).toMatchObject([{ preload: null }]);
  });

  test('ends as image_unavailable when its image cannot be made, naming the line', async () => {
    await prepare({}, () => {
      const build = { reason: 'build_failed', failingLine: 'apt install lua5.4' } as const;
      throw new AppError('build_failed', 'exit code 100', { build });
    });
    await run();
    expect((await record()).result).toMatchObject({ status: 'failed', reason: 'image_unavailable', executionMs: null });
    expect((await record()).result?.message).toBe('Its image could not be made: exit code 100 (apt install lua5.4)');
    expect(sandboxes.specs).toEqual([]);
  });

  test('ends as image_unavailable when its image was deleted while it waited', async () => {
    await prepare({ runtime: 'bash', imageId });
    expect(await run()).toBeNull();
    expect((await record()).result).toMatchObject({ reason: 'image_unavailable' });
    expect((await record()).result?.message).toContain('was deleted');
  });

  test('is delivered again while the engine cannot be asked, and ends when it never can', async () => {
    builder.find = () => Promise.reject(new AppError('engine_unavailable', 'away'));
    await expect(run()).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect((await record()).status).toBe('pending');
    expect(await run({ retriesLeft: false })).toBeNull();
    expect(await record()).toMatchObject({ status: 'failed', result: { reason: 'image_unavailable' } });
  });

  test.each<[string, string, string]>([
    ['cancelled', 'cancelled', 'cancelled'],
    ['shutdown', 'failed', 'worker_lost'],
  ])('stops waiting for its image when it is told to: %s', async (why, status, reason) => {
    let begun = (): void => undefined;
    const building = new Promise<void>((resolve) => (begun = resolve));
    await prepare({}, async (_watcher, signal) => {
      begun();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    });
    const end = run();
    await building;
    deps.active.stop('x1', why as 'cancelled' | 'shutdown');
    expect((await end)?.result).toMatchObject({ status, reason });
    expect(sandboxes.open).toBe(0);
  });

  test('ends when no sandbox can be made on the new image', async () => {
    sandboxes.acquireError = new AppError('sandbox_failed', 'broken');
    await run();
    expect(await record()).toMatchObject({ status: 'failed', result: { reason: 'internal_error', imageMs: 0 } });
  });
});

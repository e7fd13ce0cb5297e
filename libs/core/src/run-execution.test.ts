import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, unranResult, type Runtime } from '@gantry/contracts';
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
  type StageScript,
} from './fakes/index.js';
import type { JobDelivery, Logger } from './ports/index.js';
import { idleTracer } from './tracing/idle-tracer.js';
import { DEFAULT_LIMITS } from './resolve-limits.js';
import { runExecution, type RunDeps } from './run-execution.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const python: Runtime = {
  name: 'python',
  aliases: [],
  version: '3',
  fileName: 'main.py',
  extensions: [],
  install: null,
  compile: null,
  run: ['python3', '{file}'],
  env: { A: '1' },
  preload: null,
  packageManager: null,
  limits: {},
};
const csharp: Runtime = {
  ...python,
  name: 'csharp',
  fileName: 'P.cs',
  compile: { command: ['csc', '{file}', '{dir}'], timeoutMs: null, cpuMs: null },
  run: ['mono', '{dir}/p.exe'],
};

const delivery = (overrides: Partial<JobDelivery> = {}): JobDelivery => ({
  id: 'x1',
  signal: new AbortController().signal,
  failedBefore: 0,
  retriesLeft: true,
  ...overrides,
});

describe('runExecution', () => {
  let executions: MemoryExecutions;
  let sandboxes: ScriptedSandboxes;
  let deps: RunDeps;

  async function prepare(script: StageScript = () => ({}), runtime = 'python'): Promise<void> {
    const clock = new FakeClock();
    executions = new MemoryExecutions(clock);
    sandboxes = new ScriptedSandboxes(script);
    const catalog = [python, csharp];
    deps = {
      attempts: executions,
      events: executions,
      input: new MemoryInputChannel(),
      runtimes: { list: () => catalog, resolve: (name) => catalog.find((entry) => entry.name === name) ?? null },
      sandboxes,
      active: new ActiveAttempts(),
      clock,
      logger: silent,
      tracer: idleTracer,
      workerId: 'w1',
      imageOf: () => 'image',
      images: new MemoryImageStore(clock),
      builder: new ScriptedImageBuilder(),
      blobs: new MemoryBlobStore(clock),
      storage: new MemoryTenantStorage(clock),
      artifacts: { maxFiles: 9, maxFileBytes: 9999, maxTotalBytes: 9999, keepMs: 60_000 },
      cache: new MemoryResultCache(),
      executorDigest: () => 'sha256:0',
      leaseMs: 1000,
    };
    const request = {
      runtime,
      code: 'print(1)',
      args: ['a'],
      stdin: 'in',
      env: { B: '2' },
      workingDirectory: '/workspace',
      imageId: null,
      files: [],
      artifacts: [],
      limits: DEFAULT_LIMITS,
      onOutputLimit: 'truncate' as const,
      preload: true,
      stdinMode: 'input' as const,
      isolation: 'default' as const,
      requires: [],
      priority: 5,
      retryOnWorkerLost: 0,
      cache: null,
    };
    await executions.create({
      id: 'x1',
      tenant: 't',
      request,
      fingerprint: '',
      idempotencyKey: null,
      acceptWithinMs: 1000,
      maxQueued: 9,
      maxQueuedPerTenant: 9,
    });
    await executions.accept('x1');
  }
  async function run(overrides: Partial<JobDelivery> = {}): Promise<Finished | null> {
    const given = delivery(overrides);
    const record = await executions.load(given.id);
    return record && runExecution(deps, { ...given, record, nonce: 'n1', stop: new AbortController().signal });
  }
  beforeEach(() => prepare());

  test('runs the program with its arguments, files and environment and keeps what it wrote', async () => {
    await prepare(async (_stage, sink) => {
      await sink.write('stdout', Buffer.from('hello'));
      await sink.write('stderr', Buffer.from('oops'));
      return { exitCode: 3 };
    });
    const finished = await run();
    expect(finished?.result).toMatchObject({
      status: 'failed',
      reason: 'exit_code',
      exitCode: 3,
      stdout: { text: 'hello' },
      stderr: { text: 'oops' },
      sandbox: 'cold',
    });
    const [stage] = sandboxes.stages;
    expect(stage?.argv).toEqual(['python3', '/workspace/main.py', 'a']);
    expect(stage?.env).toMatchObject({ A: '1', B: '2', HOME: '/workspace' });
    expect(stage?.files.map((file) => [file.path, Buffer.from(file.content).toString()])).toEqual([
      ['/workspace/main.py', 'print(1)'],
    ]);
    expect(stage?.stdin).toEqual(Buffer.from('in'));
    expect(await executions.get('x1', 't')).toMatchObject({ status: 'failed', attempt: 1, worker: 'w1' });
    expect(sandboxes.open).toBe(0);
  });

  test('compiles first and says nothing of a compiler that succeeds', async () => {
    await prepare(async (stage, sink) => {
      await sink.write('stdout', Buffer.from(stage.argv[0] === 'csc' ? 'warning' : 'hello'));
      return { wallMs: 100, cpuMs: 10 };
    }, 'csharp');
    const finished = await run();
    expect(finished?.result).toMatchObject({
      status: 'completed',
      stdout: { text: 'hello' },
      executionMs: 200,
      usage: { cpuMs: 20 },
    });
    expect(sandboxes.stages.map((stage) => stage.argv)).toEqual([
      ['csc', '/workspace/P.cs', '/tmp/build'],
      ['mono', '/tmp/build/p.exe', 'a'],
    ]);
    expect(sandboxes.stages[1]?.wallMs).toBe(DEFAULT_LIMITS.timeoutMs - 100);
  });

  test('tells what the compiler said when it fails, and does not run', async () => {
    await prepare(async (_stage, sink) => {
      await sink.write('stderr', Buffer.from('P.cs(1): error'));
      return { exitCode: 1 };
    }, 'csharp');
    const finished = await run();
    expect(finished?.result).toMatchObject({
      status: 'failed',
      reason: 'compile_error',
      stderr: { text: 'P.cs(1): error' },
    });
    expect(sandboxes.stages).toHaveLength(1);
  });

  test('kills on cancel and says cancelled', async () => {
    await prepare(async (_stage, _sink, signal) => {
      deps.active.stop('x1', 'cancelled');
      await Promise.resolve();
      return signal.aborted ? { exitCode: null, signal: 'SIGKILL', cause: 'killed' } : {};
    });
    expect((await run())?.result).toMatchObject({ status: 'cancelled', reason: 'cancelled' });
    expect(deps.active.list()).toEqual([]);
  });

  test('drops a job whose execution has ended or runs elsewhere', async () => {
    await executions.cancel('x1', 't');
    expect(await run()).toBeNull();
    expect(await run({ id: 'missing' })).toBeNull();
    expect(sandboxes.open).toBe(0);
  });

  test('asks for another delivery while no sandbox can be made, and ends it when there is none left', async () => {
    sandboxes.acquireError = new AppError('engine_unavailable', 'no engine');
    await expect(run()).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(await executions.get('x1', 't')).toMatchObject({ status: 'pending' });
    expect(await run({ retriesLeft: false })).toBeNull();
    expect(await executions.get('x1', 't')).toMatchObject({ status: 'failed', result: { reason: 'internal_error' } });
  });

  test('ends at once what no retry can help', async () => {
    sandboxes.acquireError = new AppError('limit_unenforceable', 'no such limit here');
    expect(await run()).toBeNull();
    expect(await executions.get('x1', 't')).toMatchObject({ status: 'failed' });
  });

  test('ends the execution as internal_error when the sandbox breaks, and never runs it again', async () => {
    await prepare(() => {
      throw new AppError('sandbox_failed', 'the container vanished');
    });
    expect((await run())?.result).toMatchObject({ status: 'failed', reason: 'internal_error' });
    expect(await run()).toBeNull();
    expect(sandboxes.stages).toHaveLength(1);
  });

  test('changes nothing when another has ended the execution meanwhile', async () => {
    await prepare(async () => {
      await executions.finish('x1', null, unranResult('failed', 'worker_lost', ''));
      return {};
    });
    expect(await run()).toBeNull();
    expect(await executions.get('x1', 't')).toMatchObject({ status: 'failed', result: { reason: 'worker_lost' } });
  });
});

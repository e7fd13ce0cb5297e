import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DockerfileInstruction, Recipe } from '@gantry/contracts';
import { recipeId, type SandboxProvider } from '@gantry/core';
import { createDockerSandboxProvider } from '@gantry/sandbox';
import { silentLogger } from '@gantry/service';
import { collectFrom } from '../support/collected-files.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { eventually } from '../support/eventually.js';
import { LocalRegistry } from '../support/image-registry.js';
import { PolicyProxy } from '../support/policy-proxy.js';
import { BUILD_LIMITS, CollectingWatcher, RealImages, recipeOf } from '../support/real-images.js';
import { DetachedSandboxes, LIMITS, programStage, runIn } from '../support/real-sandboxes.js';
import { dockerHost, executorImage } from '../support/requirements.js';
import { forkedStage } from '../support/tenant-sandboxes.js';

// The real provider and the real builder, with nothing but the proxy between them and the engine.
const MIB = 1024 * 1024;
const FILE = Buffer.from('print("from a file")\n');
const images = new RealImages(dockerHost(), false);
let registry: LocalRegistry;
let proxy: PolicyProxy;
let sandboxes: DetachedSandboxes;

beforeAll(async () => {
  registry = await LocalRegistry.open();
  proxy = await PolicyProxy.open({
    DEPLOYMENT: images.deployment,
    SANDBOX_ISOLATION: 'tenant',
    IMAGE_REGISTRY: `${registry.host}/fleet`,
    ALLOWED_BASE_IMAGES: 'debian:bookworm-slim',
  });
  sandboxes = new DetachedSandboxes(proxy.dockerHost, proxy.deployment, { maxReady: 1, forgetAfterMs: 60_000 });
});

afterAll(async () => {
  try {
    await sandboxes?.provider.close();
    await images.close();
    await sandboxes?.expectNothingLeft();
  } finally {
    await proxy?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  }
}, 60_000);

const refusals = (): string[] =>
  proxy.said
    .filter(({ level }) => level !== 'info')
    .map(({ message, fields }) => `${message}: ${JSON.stringify(fields)}`);
const ready = (provider: SandboxProvider): number => provider.ready().reduce((sum, kind) => sum + kind.ready, 0);

const builder = (options: object = {}): ReturnType<RealImages['builder']> =>
  images.builder({ socket: proxy.dockerHost, readBlob, ...options });
async function* readBlob(): AsyncGenerator<Uint8Array> {
  yield FILE;
}
function custom(...instructions: [DockerfileInstruction['word'], string][]): Recipe {
  const lines = instructions.map(([word, argument], index) => ({ word, argument, line: index + 2 }));
  const sha256 = createHash('sha256').update(FILE).digest('hex');
  const files = [{ path: 'src/main.py', sha256, size: FILE.length, mode: 0o644 }];
  return recipeOf({ env: { UNIQUE: randomBytes(6).toString('hex') }, dockerfile: { instructions: lines, files } });
}

describe('sandboxes', () => {
  test('are as confined as the probe wants them', async () => {
    const checks = await sandboxes.provider.probe(executorImage());
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  test('run programs, cold and from the pool, with input, output to the last byte, and files', async () => {
    const stdin = randomBytes(3 * MIB);
    const stage = await programStage('digest-stdin.py', { stage: { stdin } });
    for (const kind of ['cold', 'cold', 'warm']) {
      if (kind === 'warm') await eventually(() => expect(ready(sandboxes.provider)).toBe(1), 15_000);
      await using sandbox = await sandboxes.acquire();
      expect(sandbox.info.kind).toBe(kind);
      const { report, stdout } = await runIn(sandbox, stage);
      expect(report).toMatchObject({ cause: 'self', exitCode: 0 });
      expect(stdout.toString()).toContain(createHash('sha256').update(stdin).digest('hex'));
      await runIn(sandbox, await programStage('leave-files.py'));
      const { report: collected } = await collectFrom(sandbox, { patterns: ['**'] });
      expect(collected).toBeDefined();
    }
    const flood = await sandboxes.run('flood.py', { limits: { maxOutputBytes: 64 * MIB } });
    expect(flood.report.cause).toBeDefined();
    expect(refusals()).toEqual([]);
  });

  test('end when the worker goes: its connection is all that keeps them', async () => {
    const sandbox = await sandboxes.acquire();
    const running = runIn(sandbox, await programStage('sleep.py', { args: ['60'] }));
    await eventually(async () => expect((await sandboxes.containers()).length).toBeGreaterThan(0));
    await sandbox[Symbol.asyncDispose]();
    await running.catch(() => undefined);
    await eventually(async () => {
      const left = (await sandboxes.containers()).filter(({ Labels }) => Labels['gantry.execution'] !== undefined);
      expect(left).toEqual([]);
    });
    expect(refusals()).toEqual([]);
  });

  test('of tenants serve one execution after another', async () => {
    const clock = { now: () => Date.now(), monotonic: () => performance.now() };
    const provider = createDockerSandboxProvider({
      socket: proxy.dockerHost,
      deployment: proxy.deployment,
      workerId: 'worker-2',
      pool: { maxReady: 0, forgetAfterMs: 60_000 },
      isolation: 'tenant',
      logger: silentLogger,
      clock,
    });
    const checks = await provider.probe(executorImage());
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const spec = { tenant: 'acme', isolation: 'default', executionId: 'execution-1', attempt: 1 } as const;
    const kinds: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const acquired = provider.acquire(
        { ...spec, image: executorImage(), limits: LIMITS, preload: 'python' },
        new AbortController().signal,
      );
      await using sandbox = await acquired;
      kinds.push(sandbox.info.kind);
      const { stdout } = await runIn(sandbox, forkedStage('print(6 * 7)'));
      expect(stdout.toString()).toBe('42\n');
    }
    await provider.close();
    expect(kinds.slice(1)).toEqual(['warm', 'warm']);
    expect(refusals()).toEqual([]);
  });
});

describe('images', () => {
  test('are built from files and commands, found again, run, and removed', async () => {
    const recipe = custom(
      ['RUN', 'head -c 8 /dev/urandom | od -An -tx1 > /made'],
      ['COPY', 'src/main.py /app/main.py'],
    );
    const own = builder();
    const [first, second] = await Promise.all([
      images.build(recipe, { builder: own }),
      images.build(recipe, { builder: builder() }),
    ]);
    expect([first.image.source, second.image.source].sort()).toEqual(['built', 'present']);
    const stage = await programStage('streams.sh', { stage: { argv: ['python3', '/app/main.py'] } });
    await using sandbox = await sandboxes.acquire({}, undefined, first.image.reference);
    expect((await runIn(sandbox, stage)).stdout.toString()).toBe('from a file\n');
    await sandbox[Symbol.asyncDispose]();
    await eventually(() => expect(own.ready()).toContain(recipeId(recipe)));
    await eventually(() => own.remove(recipeId(recipe)), 10_000);
    expect(await own.find(recipeId(recipe), recipe)).toBeNull();
    expect(await own.expire({ unusedMs: 1_000_000_000, maxBytes: 1e15 })).toEqual([]);
    expect(refusals()).toEqual([]);
  }, 120_000);

  test('whose builds fail say why, and leave no container', async () => {
    const limits = { ...BUILD_LIMITS, memoryBytes: 64 * MIB };
    const greedy = custom(['RUN', `python3 -c 'x = bytearray(200_000_000)'`]);
    const watcher = new CollectingWatcher();
    const failure = await images.build(greedy, { builder: builder({ limits }), watcher }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ build: { reason: 'build_memory_limit' } });
    const stop = new AbortController();
    const endless = custom(['RUN', 'echo begun; sleep 600']);
    const seen = new CollectingWatcher();
    const building = images.build(endless, { builder: builder(), watcher: seen, signal: stop.signal });
    await eventually(() => expect(seen.lines).toContain('begun'), 30_000);
    stop.abort(new Error('enough'));
    await expect(building).rejects.toThrow('enough');
    await eventually(async () => {
      const running = await images.docker.listContainers({ filters: { label: ['gantry.build=1'] } });
      // Others may end meanwhile.
      const inspected = running.map(({ Id }) =>
        images.docker
          .getContainer(Id)
          .inspect()
          .catch(() => null),
      );
      const mark = `UNIQUE=${endless.env['UNIQUE']}`;
      expect((await Promise.all(inspected)).filter((info) => info?.Config.Env.includes(mark))).toEqual([]);
    });
    expect(refusals()).toEqual([]);
  }, 120_000);

  test('go to the registry and come back', async () => {
    // Small, for all of it is copied: Debian and the init.
    const base = { ...custom(['RUN', 'mkdir /opt/gantry /opt/gantry/preload']), base: 'debian:bookworm-slim' };
    const { image: small } = await images.build(base, { builder: builder() });
    const options = { registry: `${registry.host}/fleet`, executorImage: small.reference };
    const recipe = recipeOf({ env: { UNIQUE: randomBytes(6).toString('hex') } });
    const own = builder(options);
    await images.build(recipe, { builder: own });
    const repository = `fleet/${recipeId(recipe).slice('img_'.length)}`;
    await eventually(async () => expect(await registry.tags(repository)).toHaveLength(1), 120_000);
    await own.remove(recipeId(recipe));
    const { image } = await images.build(recipe, { builder: builder(options) });
    expect(image.source).toBe('pulled');
    expect(refusals()).toEqual([]);
  }, 180_000);
});

test('when the engine is gone, streams end and requests get 502; when it is back, so is everything', async () => {
  const way = await EngineProxy.open();
  await using behind = await PolicyProxy.open({ DOCKER_HOST: way.dockerHost });
  const own = new DetachedSandboxes(behind.dockerHost, behind.deployment);
  const sandbox = await own.acquire();
  const running = runIn(sandbox, await programStage('sleep.py', { args: ['60'] })).then(
    ({ report }) => report.cause,
    () => 'failed',
  );
  expect(await (await fetch(`${behind.healthUrl}/readyz`)).json()).toMatchObject({ ready: true });
  way.cut();
  expect(await running).not.toBe('self');
  expect((await behind.ask('GET', '/_ping')).status).toBe(200);
  await sandbox[Symbol.asyncDispose]();
  await own.expectNothingLeft();
  await own.provider.close();
  await way[Symbol.asyncDispose]();
  const answer = await behind.ask('GET', '/info');
  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.text)).toMatchObject({ message: expect.stringContaining('does not answer') });
  expect((await fetch(`${behind.healthUrl}/readyz`)).status).toBe(503);
  await eventually(async () => expect(await behind.metrics()).toMatch(/gantry_engine_proxy_streams\{[^}]*\} 0/));
});

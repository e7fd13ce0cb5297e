import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, type ExecutionRecord } from '@gantry/contracts';
import { collectArtifacts, type CollectDeps, type Collected } from './collect-artifacts.js';
import { FakeClock, MemoryBlobStore, MemoryTenantStorage, ScriptedSandboxes } from './fakes/index.js';
import type { BlobStore, Logger } from './ports/index.js';
import { idleTracer } from './tracing/idle-tracer.js';
import { DEFAULT_LIMITS } from './resolve-limits.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const small = Buffer.from('small');
const large = Buffer.alloc(700_000, 'large');

describe('collectArtifacts', () => {
  let sandboxes: ScriptedSandboxes;
  let blobs: MemoryBlobStore;
  let storage: MemoryTenantStorage;
  let deps: CollectDeps;
  let cap: number | null;
  const clock = new FakeClock();

  beforeEach(() => {
    sandboxes = new ScriptedSandboxes();
    blobs = new MemoryBlobStore(clock);
    storage = new MemoryTenantStorage(clock, { capOf: () => cap });
    cap = null;
    deps = {
      blobs,
      storage,
      clock,
      logger: silent,
      tracer: idleTracer,
      artifacts: { maxFiles: 9, maxFileBytes: 1_000_000, maxTotalBytes: 5_000_000, keepMs: 60_000 },
    };
  });

  async function collect(artifacts = ['out/', '*.png'], signal = new AbortController().signal): Promise<Collected> {
    const spec = {
      tenant: 't',
      isolation: 'default' as const,
      executionId: 'x',
      attempt: 1,
      image: 'i',
      preload: null,
    };
    await using sandbox = await sandboxes.acquire({ ...spec, limits: DEFAULT_LIMITS }, signal);
    const record = {
      id: 'x',
      tenant: 't',
      request: { artifacts, workingDirectory: '/workspace/sub' },
    } as unknown as ExecutionRecord;
    return await collectArtifacts(deps, { record, sandbox, signal });
  }

  const kept = async (hash: string): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of blobs.get(hash)) pieces.push(piece);
    return Buffer.concat(pieces);
  };

  test('keeps what comes, in its order, with size, hash and media type', async () => {
    sandboxes.artifacts.push(
      { path: 'out/large.csv', content: large },
      { path: 'x.png', content: small },
      { path: 'empty', content: Buffer.alloc(0) },
    );
    expect(await collect()).toEqual({
      artifacts: [
        { path: 'out/large.csv', size: large.length, sha256: sha256(large), mediaType: 'text/csv' },
        { path: 'x.png', size: 5, sha256: sha256(small), mediaType: 'image/png' },
        { path: 'empty', size: 0, sha256: sha256(Buffer.alloc(0)), mediaType: 'application/octet-stream' },
      ],
      artifactsOmitted: [],
      artifactsOmittedCount: 0,
    });
    expect(await kept(sha256(large))).toEqual(large);
    const { root, patterns, maxFiles, maxFileBytes, maxTotalBytes } = sandboxes.orders[0] ?? {};
    expect([root, patterns, maxFiles, maxFileBytes, maxTotalBytes]).toEqual([
      '/workspace/sub',
      ['out/**', '*.png'],
      9,
      1_000_000,
      5_000_000,
    ]);
  });

  test('keeps them at least as long as the execution', async () => {
    sandboxes.artifacts.push({ path: 'a', content: small });
    await collect();
    clock.advance(60_000);
    expect(await blobs.expire(10)).toBe(0);
    clock.advance(3_600_000);
    expect(await blobs.expire(10)).toBe(1);
  });

  test('lists what was left out, and counts what was not told', async () => {
    sandboxes.artifacts.push(
      { path: 'a', content: small, givenUp: 'changed_while_read' },
      { path: 'b', content: large, givenUp: 'time_limit' },
      { path: 'c', content: small },
    );
    sandboxes.omitted.push({ path: 'link', reason: 'not_a_regular_file' });
    sandboxes.omittedUntold = 7;
    const { artifacts, artifactsOmitted, artifactsOmittedCount } = await collect();
    expect(artifacts.map(({ path }) => path)).toEqual(['c']);
    expect(artifactsOmitted).toEqual([
      { path: 'a', reason: 'changed_while_read' },
      { path: 'b', reason: 'time_limit' },
      { path: 'link', reason: 'not_a_regular_file' },
    ]);
    expect(artifactsOmittedCount).toBe(10);
    expect((await blobs.usage()).bytes).toBe(small.length);
  });

  test('leaves out what a full store does not take, and keeps the rest', async () => {
    deps.blobs = blobs = new MemoryBlobStore(clock, 100_000);
    sandboxes.artifacts.push({ path: 'large', content: large }, { path: 'small', content: small });
    const { artifacts, artifactsOmitted } = await collect();
    expect(artifacts.map(({ path }) => path)).toEqual(['small']);
    expect(artifactsOmitted).toEqual([{ path: 'large', reason: 'store_full' }]);
  });

  test('leaves everything out when the store is away', async () => {
    blobs.broken = true;
    sandboxes.artifacts.push({ path: 'large', content: large }, { path: 'small', content: small });
    const { artifacts, artifactsOmitted } = await collect();
    expect(artifacts).toEqual([]);
    expect(artifactsOmitted).toEqual([
      { path: 'large', reason: 'store_unavailable' },
      { path: 'small', reason: 'store_unavailable' },
    ]);
  });

  test('has at most eight small files on their way to the store', async () => {
    const puts = { now: 0, most: 0, begun: 0 };
    const slow: BlobStore = Object.assign(Object.create(blobs) as BlobStore, {
      put: async (content: Uint8Array, options: { maxBytes: number; keepUntil: number }) => {
        puts.most = Math.max(puts.most, ++puts.now);
        puts.begun++;
        while (puts.now < 8 && puts.begun < 30) await new Promise((resolve) => setImmediate(resolve));
        puts.now--;
        return MemoryBlobStore.prototype.put.call(blobs, content, options);
      },
    });
    deps.blobs = slow;
    for (let n = 0; n < 30; n++) sandboxes.artifacts.push({ path: `f${n}`, content: Buffer.from(String(n)) });
    const { artifacts } = await collect();
    expect(artifacts.map(({ path }) => path)).toEqual(Array.from({ length: 30 }, (_, n) => `f${n}`));
    expect(puts.most).toBe(8);
  });

  test('says so when the sandbox breaks, and keeps what came before', async () => {
    sandboxes.artifacts.push({ path: 'a', content: small });
    sandboxes.collectError = new AppError('sandbox_failed', 'the container vanished');
    const { artifacts, artifactsOmitted } = await collect();
    expect(artifacts.map(({ path }) => path)).toEqual(['a']);
    expect(artifactsOmitted).toEqual([{ path: '.', reason: 'unreadable' }]);
  });

  test('keeps what its tenant has room for, and counts that', async () => {
    cap = small.length * 2 + large.length;
    const files = [small, large, large, small, small];
    sandboxes.artifacts.push(...files.map((content, n) => ({ path: `f${n}`, content })));
    const { artifacts, artifactsOmitted } = await collect();
    expect(artifacts.map(({ path }) => path)).toEqual(['f0', 'f1', 'f3']);
    expect(artifactsOmitted.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'f2 storage_quota',
      'f4 storage_quota',
    ]);
    expect(storage.bytesOf('t')).toBe(cap);
  });

  test('takes no room for what the store did not take', async () => {
    blobs.broken = true;
    sandboxes.artifacts.push({ path: 'large', content: large }, { path: 'small', content: small });
    await collect();
    expect(storage.bytesOf('t')).toBe(0);
  });

  test('asks for nothing without patterns, and after a cancel', async () => {
    await collect([]);
    expect(sandboxes.orders).toEqual([]);
    const signal = new AbortController();
    await using sandbox = await sandboxes.acquire(
      {
        tenant: 't',
        isolation: 'default',
        executionId: 'x',
        attempt: 1,
        image: 'i',
        preload: null,
        limits: DEFAULT_LIMITS,
      },
      signal.signal,
    );
    signal.abort('cancelled');
    const record = { id: 'x', request: { artifacts: ['*'], workingDirectory: '/tmp' } } as unknown as ExecutionRecord;
    expect((await collectArtifacts(deps, { record, sandbox, signal: signal.signal })).artifacts).toEqual([]);
    expect(sandboxes.orders).toEqual([]);
  });
});

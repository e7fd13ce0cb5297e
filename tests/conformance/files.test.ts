import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newFileId, type FileStore, type StoredFile } from '@gantry/core';
import { MemoryFileStore } from '@gantry/core/fakes';
import { connectRedis, RedisFileStore, type Redis } from '@gantry/storage';
import { backends } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { freshDeployment } from '../support/executions.js';
import { redisUrl } from '../support/requirements.js';

interface Open extends AsyncDisposable {
  files: FileStore;
  redis?: Redis;
}

function openMemory(): Promise<Open> {
  const files = new MemoryFileStore({ now: () => Date.now(), monotonic: () => performance.now() });
  return Promise.resolve({ files, [Symbol.asyncDispose]: () => Promise.resolve() });
}

async function openRedis(): Promise<Open> {
  const deployment = freshDeployment();
  const redis = await connectRedis({
    url: redisUrl(),
    deployment,
    role: 'answering',
    name: 'test',
    onOutage: () => undefined,
  });
  return {
    files: new RedisFileStore({ redis, deployment }),
    [Symbol.asyncDispose]: async () => {
      const keys = await redis.keys(`{${deployment}}*`);
      if (keys.length > 0) await redis.unlink(...keys);
      redis.disconnect();
    },
  };
}

let age = 0;
function file(overrides: Partial<StoredFile> = {}): StoredFile {
  const uploadedAt = Date.now() + age++;
  return {
    id: newFileId(uploadedAt),
    tenant: 'acme',
    filename: 'a "b"\n.py',
    language: 'python',
    size: 10,
    sha256: 'a'.repeat(64),
    mediaType: 'text/x-python',
    uploadedAt,
    expiresAt: Date.now() + 60_000,
    ...overrides,
  };
}

const CAPS = { maxFiles: 100, maxBytes: 1000 };

describe.each(
  backends<[string, () => Promise<Open>]>([
    ['in memory', openMemory],
    ['in Redis', openRedis],
  ]),
)('files %s', (_name, open) => {
  let opened: Open;
  let files: FileStore;
  beforeEach(async () => {
    opened = await open();
    ({ files } = opened);
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
  });

  test('gives a file back to its tenant only', async () => {
    const mine = file();
    expect(await files.add(mine, CAPS)).toEqual({ added: true });
    expect(await files.get('acme', mine.id)).toEqual(mine);
    expect(await files.get('other', mine.id)).toBeNull();
    expect(await files.remove('other', mine.id)).toBe(false);
    expect(await files.list('other', { limit: 10, cursor: null })).toEqual({ files: [], nextCursor: null, total: 0 });
    expect(await files.stats('other')).toEqual({ files: 0, bytes: 0, byLanguage: {} });
    expect(await files.get('acme', mine.id)).toEqual(mine);
  });

  test('lists newest first, in pages, also when what a cursor names is gone', async () => {
    const all = Array.from({ length: 5 }, () => file());
    for (const one of all) await files.add(one, CAPS);
    const ids = all.map(({ id }) => id).reverse();
    const first = await files.list('acme', { limit: 2, cursor: null });
    expect(first).toMatchObject({ total: 5, nextCursor: ids[1] });
    expect(first.files.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await files.remove('acme', ids[1] ?? '');
    const second = await files.list('acme', { limit: 3, cursor: first.nextCursor });
    expect(second).toMatchObject({ total: 4, nextCursor: null });
    expect(second.files.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  test('counts by language, and no more what was removed', async () => {
    const [a, b, c] = [file(), file({ language: 'node', size: 0 }), file({ language: null, size: 7 })];
    for (const one of [a, b, c]) await files.add(one, CAPS);
    expect(await files.stats('acme')).toEqual({ files: 3, bytes: 17, byLanguage: { python: 1, node: 1 } });
    expect(await files.remove('acme', a.id)).toBe(true);
    expect(await files.remove('acme', a.id)).toBe(false);
    expect(await files.stats('acme')).toEqual({ files: 2, bytes: 7, byLanguage: { node: 1 } });
  });

  test('takes no file past the caps, however many come at once', async () => {
    const byCount = await Promise.all(
      Array.from({ length: 50 }, () => files.add(file({ size: 1 }), { maxFiles: 20, maxBytes: 1000 })),
    );
    expect(byCount.filter(({ added }) => added)).toHaveLength(20);
    const byBytes = await Promise.all(
      Array.from({ length: 50 }, () => files.add(file({ tenant: 'other', size: 30 }), CAPS)),
    );
    expect(byBytes.filter(({ added }) => added)).toHaveLength(33);
    expect(await files.stats('other')).toMatchObject({ files: 33, bytes: 990 });
    expect(await files.add(file({ tenant: 'other', size: 10 }), CAPS)).toEqual({ added: true });
    expect(await files.add(file({ tenant: 'other', size: 1 }), CAPS)).toEqual({
      added: false,
      limit: 'file_bytes',
      current: 1000,
    });
    expect(await files.add(file({ size: 1 }), { maxFiles: 20, maxBytes: 1000 })).toEqual({
      added: false,
      limit: 'max_files',
      current: 20,
    });
  });

  test('forgets a file at its end, and counts it no more', async () => {
    const [short, long] = [file({ expiresAt: Date.now() + 150 }), file()];
    await files.add(short, CAPS);
    await files.add(long, CAPS);
    await eventually(async () => expect(await files.get('acme', short.id)).toBeNull());
    expect(await files.list('acme', { limit: 10, cursor: null })).toEqual({
      files: [long],
      nextCursor: null,
      total: 1,
    });
    expect(await files.stats('acme')).toEqual({ files: 1, bytes: 10, byLanguage: { python: 1 } });
    expect(await files.remove('acme', short.id)).toBe(false);
  });
});

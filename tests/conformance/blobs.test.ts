import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BlobStore } from '@gantry/core';
import { backends } from '../support/backends.js';
import {
  MAX_STORED,
  openMemoryBlobs,
  openRedisBlobs,
  openS3Blobs,
  type OpenBlobStore,
} from '../support/blob-stores.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const soon = (): number => Date.now() + 60_000;
const past = (): number => Date.now() - 1000;

async function* pieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield await Promise.resolve(bytes.subarray(at, at + pieceBytes));
}

async function readAll(blobs: BlobStore, hash: string): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of blobs.get(hash)) {
    expect(piece.length).toBeLessThanOrEqual(256 * KIB);
    all.push(piece);
  }
  return Buffer.concat(all);
}

describe.each(
  backends<[string, () => Promise<OpenBlobStore>]>([
    ['in memory', openMemoryBlobs],
    ['in Redis', openRedisBlobs],
    ['in S3', openS3Blobs],
  ]),
)('blobs %s', (_name, open) => {
  let opened: OpenBlobStore;
  let blobs: BlobStore;
  beforeEach(async () => {
    opened = await open();
    ({ blobs } = opened);
  });
  afterEach(async () => {
    await opened[Symbol.asyncDispose]();
  });

  const options = { maxBytes: 20 * MIB, keepUntil: 0 };
  const put = (content: Uint8Array | AsyncIterable<Uint8Array>, keepUntil = soon()): ReturnType<BlobStore['put']> =>
    blobs.put(content, { ...options, keepUntil });

  test.each([
    ['nothing', 0, 1],
    ['one byte', 1, 1],
    ['one byte less than a chunk', 256 * KIB - 1, 10_000],
    ['a chunk', 256 * KIB, 256 * KIB],
    ['a chunk and a byte, byte after byte at its edge', 256 * KIB + 1, 256 * KIB],
    ['megabytes in odd pieces', 9 * MIB + 12_345, 77_777],
    ['exactly two S3 parts', 16 * MIB, MIB],
  ])('gives back %s as it was', async (_what, size, pieceBytes) => {
    const bytes = randomBytes(size);
    const kept = await put(pieces(bytes, pieceBytes));
    expect(kept).toEqual({ sha256: sha256(bytes), size });
    expect((await readAll(blobs, kept.sha256)).equals(bytes)).toBe(true);
    expect(await blobs.usage()).toEqual({ bytes: size, maxBytes: MAX_STORED });
    expect(await put(bytes)).toEqual(kept);
    expect(await blobs.usage()).toEqual({ bytes: size, maxBytes: MAX_STORED });
  });

  test('keeps the same content once, however many put it at once', async () => {
    const bytes = randomBytes(2 * MIB);
    const all = await Promise.all(Array.from({ length: 5 }, () => put(pieces(bytes, 100_000))));
    expect(new Set(all.map((kept) => kept.sha256))).toEqual(new Set([sha256(bytes)]));
    expect((await blobs.usage()).bytes).toBe(bytes.length);
    expect((await readAll(blobs, sha256(bytes))).equals(bytes)).toBe(true);
  });

  test('refuses what is larger than asked for, and keeps nothing of it', async () => {
    const bytes = randomBytes(3 * MIB);
    for (const content of [bytes, pieces(bytes, 50_000)]) {
      const refused = blobs.put(content, { maxBytes: 3 * MIB - 1, keepUntil: soon() });
      await expect(refused).rejects.toMatchObject({ code: 'file_too_large' });
    }
    expect((await blobs.usage()).bytes).toBe(0);
  });

  test('keeps nothing of a source that breaks off, and throws its error', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* pieces(randomBytes(9 * MIB), 100_000);
      throw new Error('the client has gone');
    };
    await expect(put(broken())).rejects.toThrow('the client has gone');
    expect((await blobs.usage()).bytes).toBe(0);
  });

  test('takes no more than its cap, however many put at once', async () => {
    const sizes = Array.from({ length: 18 }, () => 3 * MIB);
    const ends = await Promise.allSettled(sizes.map((size) => put(pieces(randomBytes(size), 300_000))));
    const refused = ends.filter((end) => end.status === 'rejected');
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'storage_full' });
    const kept = ends.length - refused.length;
    // Uploads that were under way together may have refused each other; none was taken past the cap, and none is left half.
    expect(kept).toBeLessThanOrEqual(Math.floor(MAX_STORED / (3 * MIB)));
    expect((await blobs.usage()).bytes).toBe(kept * 3 * MIB);
    expect(await put(randomBytes(100))).toMatchObject({ size: 100 });
  });

  test('says that there is none of an unknown hash', async () => {
    const unknown = sha256(Buffer.from('unknown'));
    await expect(readAll(blobs, unknown)).rejects.toMatchObject({ code: 'not_found' });
    expect(await blobs.keep(unknown, soon())).toBe(false);
    await blobs.release(unknown, 'nobody');
  });

  test('removes what nobody wants any more, and only that', async () => {
    const [old, wanted] = [await put(randomBytes(300 * KIB), past()), await put(randomBytes(200), soon())];
    expect(await blobs.expire(100)).toBe(1);
    await expect(readAll(blobs, old.sha256)).rejects.toMatchObject({ code: 'not_found' });
    expect(await readAll(blobs, wanted.sha256)).toHaveLength(200);
    expect((await blobs.usage()).bytes).toBe(200);
    expect(await blobs.expire(100)).toBe(0);
  });

  test('removes no more at once than asked', async () => {
    for (let i = 0; i < 5; i++) await put(randomBytes(10), past());
    expect([await blobs.expire(3), await blobs.expire(3), await blobs.expire(3)]).toEqual([3, 2, 0]);
  });

  test('prolongs and never shortens how long something is kept', async () => {
    const bytes = randomBytes(10);
    const { sha256: hash } = await put(bytes, soon());
    expect(await blobs.keep(hash, past())).toBe(true);
    await put(bytes, past());
    expect(await blobs.expire(10)).toBe(0);
    const other = await put(randomBytes(11), past());
    expect(await blobs.keep(other.sha256, soon())).toBe(true);
    expect(await blobs.expire(10)).toBe(0);
  });

  test('keeps until the last holder has given up', async () => {
    const { sha256: hash } = await blobs.put(randomBytes(10), { ...options, keepUntil: soon(), holder: 'a' });
    expect(await blobs.keep(hash, soon(), 'b')).toBe(true);
    await blobs.release(hash, 'a');
    await blobs.release(hash, 'a');
    expect(await blobs.expire(10)).toBe(0);
    await blobs.release(hash, 'b');
    expect(await blobs.expire(10)).toBe(1);
  });

  test('keeps what is wanted in general, though its holder gives up', async () => {
    const { sha256: hash } = await blobs.put(randomBytes(10), { ...options, keepUntil: soon(), holder: 'a' });
    expect(await blobs.keep(hash, soon())).toBe(true);
    await blobs.release(hash, 'a');
    expect(await blobs.expire(10)).toBe(0);
  });

  test('can be given again after it has gone', async () => {
    const bytes = randomBytes(9 * MIB);
    const { sha256: hash } = await put(bytes, past());
    expect(await blobs.expire(1)).toBe(1);
    await put(bytes);
    expect((await readAll(blobs, hash)).equals(bytes)).toBe(true);
    expect((await blobs.usage()).bytes).toBe(bytes.length);
  });

  test('stops reading when the signal aborts', async () => {
    const { sha256: hash } = await put(randomBytes(2 * MIB));
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      for await (const piece of blobs.get(hash, abort.signal)) if (piece.length > 0) abort.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });
});

test('an upload whose gateway is gone counts until it is given up, and leaves nothing', async () => {
  await using opened = await openRedisBlobs();
  const { blobs, redis, deployment } = opened;
  const stuck = async function* (): AsyncGenerator<Uint8Array> {
    yield* pieces(randomBytes(MIB), 256 * KIB);
    await new Promise(() => undefined);
  };
  void blobs.put(stuck(), { maxBytes: 2 * MIB, keepUntil: soon() });
  while ((await blobs.usage()).bytes < 768 * KIB) await new Promise(setImmediate);
  expect(await blobs.expire(10)).toBe(0);
  // Its idle time is over.
  const uploads = `{${deployment}}:uploads`;
  const [object = ''] = await redis.zrange(uploads, '0', '0');
  await redis.zadd(uploads, '1', object);
  await blobs.expire(10);
  expect((await blobs.usage()).bytes).toBe(0);
  expect(await redis.keys(`{${deployment}}:bytes:*`)).toEqual([]);
});

test('the bucket holds no object that is not counted', async () => {
  await using opened = await openS3Blobs();
  const { blobs, objects } = opened;
  const bytes = randomBytes(9 * MIB);
  await blobs.put(bytes, { maxBytes: 10 * MIB, keepUntil: past() });
  await blobs.put(bytes, { maxBytes: 10 * MIB, keepUntil: past() });
  expect(await objects()).toBe(2);
  await expect(
    blobs.put(pieces(randomBytes(17 * MIB), MIB), { maxBytes: 16 * MIB, keepUntil: past() }),
  ).rejects.toMatchObject({ code: 'file_too_large' });
  expect(await objects()).toBe(2);
  await blobs.expire(10);
  expect(await objects()).toBe(0);
});

test('damaged bytes are told as such', async () => {
  await using opened = await openRedisBlobs();
  const { blobs, redis, deployment } = opened;
  const { sha256: hash } = await blobs.put(Buffer.from('true'), { maxBytes: 10, keepUntil: soon() });
  const [key = ''] = await redis.keys(`{${deployment}}:bytes:*`);
  await redis.hset(key, { 0: 'lies' });
  await expect(readAll(blobs, hash)).rejects.toMatchObject({ code: 'storage_unavailable' });
});

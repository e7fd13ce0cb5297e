import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { FakeClock, MemoryBlobStore } from '@gantry/core/fakes';
import { unpackTar } from '../../../../tests/support/tar.js';
import { tarNames, tarOf } from './artifact-tar.js';

const mtime = new Date(1_700_000_000_000);

test('holds every file under its name, however long and in whatever script', async () => {
  const blobs = new MemoryBlobStore(new FakeClock());
  const paths = ['a', 'out/b', `deep/${'n'.repeat(250)}`, 'ä/€/😀'];
  const artifacts = await Promise.all(
    paths.map(async (path) => ({
      path,
      mediaType: '',
      ...(await blobs.put(Buffer.from(`content of ${path}`), { maxBytes: 9999, keepUntil: Infinity })),
    })),
  );
  const archive = await buffer(tarOf(blobs, { artifacts, mtime }, new AbortController().signal));
  expect(await unpackTar(archive)).toEqual(
    Object.fromEntries(paths.map((path) => [path, Buffer.from(`content of ${path}`)])),
  );
});

test('waits for its reader with blobs that are larger than what it holds back', async () => {
  const blobs = new MemoryBlobStore(new FakeClock());
  const large = Buffer.alloc(5_000_001, 'large');
  const { sha256, size } = await blobs.put(large, { maxBytes: large.length, keepUntil: Infinity });
  const artifacts = ['a', 'b'].map((path) => ({ path, size, sha256, mediaType: '' }));
  const files = await unpackTar(await buffer(tarOf(blobs, { artifacts, mtime }, new AbortController().signal)));
  expect(Object.keys(files)).toEqual(['a', 'b']);
  for (const bytes of Object.values(files)) expect(bytes.equals(large)).toBe(true);
});

test('breaks off when a blob is gone', async () => {
  const sha256 = createHash('sha256').digest('hex');
  const artifacts = [{ path: 'a', size: 3, sha256, mediaType: '' }];
  const archive = tarOf(new MemoryBlobStore(new FakeClock()), { artifacts, mtime }, new AbortController().signal);
  await expect(buffer(archive)).rejects.toMatchObject({ code: 'not_found' });
});

test('gives names that are safe to unpack and to show, each once', () => {
  expect(tarNames(['a\nb', 'a\tb', 'a_b', '..\\..\\x', 'C:\\x', '\u202egnp.exe', '\x1b[31m', '-rf', '.x'])).toEqual([
    'a_b',
    'a_b~2',
    'a_b~3',
    '.._.._x',
    'C__x',
    '_gnp.exe',
    '_[31m',
    '-rf',
    '.x',
  ]);
});

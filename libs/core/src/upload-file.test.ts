import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Runtime } from '@gantry/contracts';
import { programOfFile } from './execute-file.js';
import { FakeClock, MemoryBlobStore, MemoryFileStore } from './fakes/index.js';
import type { Logger } from './ports/index.js';
import { MAX_INLINE_CONTENT_BYTES, readFile } from './read-file.js';
import { deleteFile, uploadFile, type FileDeps } from './upload-file.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const runtimes = [
  { name: 'python', aliases: ['py'], extensions: ['.py'] },
  { name: 'node', aliases: ['js'], extensions: ['.js', '.mjs'] },
] as Runtime[];
const never = new AbortController().signal;

describe('files', () => {
  let clock: FakeClock;
  let blobs: MemoryBlobStore;
  let files: MemoryFileStore;
  let deps: FileDeps & { rules: { maxCodeBytes: number } };

  beforeEach(() => {
    clock = new FakeClock();
    blobs = new MemoryBlobStore(clock);
    files = new MemoryFileStore(clock);
    deps = {
      files,
      blobs,
      clock,
      logger: silent,
      runtimes: {
        list: () => runtimes,
        resolve: (name) => runtimes.find((one) => one.name === name || one.aliases.includes(name)) ?? null,
      },
      rules: { maxCodeBytes: 20, files: { maxFileBytes: 2_000_000, maxFiles: 3, maxBytes: 3_000_000, keepMs: 1000 } },
    };
  });

  const upload = (content: string, filename = 'a.py', language: string | null = null): ReturnType<typeof uploadFile> =>
    uploadFile(deps, { tenant: 'acme' }, Buffer.from(content), () => ({ filename, language }));

  test.each([
    ['a.py', null, 'python'],
    ['A.MJS', null, 'node'],
    ['a.py', 'js', 'node'],
    ['data.csv', null, null],
    ['noending', null, null],
  ])('%j with the wish %j is of language %j', async (filename, wish, language) => {
    expect(await upload('1', filename, wish)).toMatchObject({ language, filename });
  });

  test('a language that is not known leaves nothing behind', async () => {
    await expect(upload('1', 'a.py', 'klingon')).rejects.toMatchObject({ code: 'unknown_language' });
    await blobs.expire(10);
    expect((await blobs.usage()).bytes).toBe(0);
    expect(await files.stats('acme')).toMatchObject({ files: 0 });
  });

  test('a tenant has no more than its files and its bytes', async () => {
    for (const content of ['1', '2', '3']) await upload(content);
    await expect(upload('4')).rejects.toMatchObject({ code: 'file_quota' });
    const { files: all } = await files.list('acme', { limit: 10, cursor: null });
    for (const { id } of all) expect(await deleteFile(deps, { tenant: 'acme', id })).toBe(true);
    await upload('x'.repeat(1_999_999));
    await expect(upload('y'.repeat(1_999_999))).rejects.toMatchObject({ code: 'file_quota' });
    await blobs.expire(10);
    expect((await blobs.usage()).bytes).toBe(1_999_999);
  });

  test('the bytes go with the last file that has them', async () => {
    const [one, other] = [await upload('same'), await upload('same', 'b.py')];
    expect(await deleteFile(deps, { tenant: 'other', id: one.id })).toBe(false);
    expect(await deleteFile(deps, { tenant: 'acme', id: one.id })).toBe(true);
    expect(await blobs.expire(10)).toBe(0);
    expect(await deleteFile(deps, { tenant: 'acme', id: other.id })).toBe(true);
    expect(await blobs.expire(10)).toBe(1);
    expect(await deleteFile(deps, { tenant: 'acme', id: other.id })).toBe(false);
  });

  test('a file is told with its content, exactly, unless it is large', async () => {
    const target = async (content: string | Buffer): Promise<{ tenant: string; id: string }> => ({
      tenant: 'acme',
      id: (await uploadFile(deps, { tenant: 'acme' }, Buffer.from(content), () => ({ filename: 'f', language: null })))
        .id,
    });
    expect((await readFile(deps, await target('\ufeffé'), never))?.content).toEqual({
      text: '\ufeffé',
      encoding: 'utf-8',
    });
    const bytes = Buffer.from([0xff, 0, 1]);
    expect((await readFile(deps, await target(bytes), never))?.content).toEqual({
      text: bytes.toString('base64'),
      encoding: 'base64',
    });
    const large = await target('x'.repeat(MAX_INLINE_CONTENT_BYTES + 1));
    expect((await readFile(deps, large, never))?.content).toBeNull();
    expect(await readFile(deps, { ...large, tenant: 'other' }, never)).toBeNull();
  });

  test('a program is a file with text, of a size and a language that can be run', async () => {
    const program = async (content: string | Buffer, filename: string, language: string | null = null) => {
      const { id } = await uploadFile(deps, { tenant: 'acme' }, Buffer.from(content), () => ({
        filename,
        language: null,
      }));
      try {
        return await programOfFile(deps, { tenant: 'acme', id, language }, never);
      } finally {
        await deleteFile(deps, { tenant: 'acme', id });
      }
    };
    expect(await program('print(1)', 'a.py')).toEqual({ language: 'python', code: 'print(1)' });
    expect(await program('print(1)', 'a.py', 'node')).toEqual({ language: 'node', code: 'print(1)' });
    await expect(program('1', 'a.txt')).rejects.toMatchObject({ fields: [{ path: 'language' }] });
    await expect(program(Buffer.from([0xff]), 'a.py')).rejects.toMatchObject({ fields: [{ path: 'file_id' }] });
    await expect(program('x'.repeat(21), 'a.py')).rejects.toMatchObject({ code: 'code_too_large' });
    expect(await programOfFile(deps, { tenant: 'acme', id: 'file_none', language: null }, never)).toBeNull();
  });
});

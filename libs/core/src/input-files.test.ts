import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionRequest, Runtime } from '@gantry/contracts';
import { FakeClock, MemoryBlobStore, MemoryFileStore, MemoryTenantStorage } from './fakes/index.js';
import { checkInputFiles, releaseInputFiles, resolveInputFiles, type InputFileOrder } from './input-files.js';

const rules = { maxFiles: 5, maxBytes: 100, keepMs: 1000 };
const python = { name: 'python', fileName: 'main.py' } as Runtime;
const text = (path: string, content = 'x'): InputFileOrder => ({
  path,
  mode: 0o644,
  source: { content: Buffer.from(content) },
});
const uploaded = (path: string, fileId: string): InputFileOrder => ({ path, mode: 0o755, source: { fileId } });

describe('files beside each other', () => {
  test.each([[['a', 'b', 'd/a', 'd/b/c', 'main.pyc']], [['a.txt', 'a/b', 'A']], [['d/main.py']]])(
    '%j can be',
    (paths) =>
      expect(() =>
        checkInputFiles(
          paths.map((path) => text(path)),
          python,
          rules,
        ),
      ).not.toThrow(),
  );

  test.each([
    [['a', 'b', 'a'], 'files[2].path', 'is taken by files[0]'],
    [['a', 'a/b'], 'files[1].path', 'needs a directory where there is the file a'],
    [['a/b/c', 'x', 'a/b'], 'files[0].path', 'needs a directory where there is the file a/b'],
    [['main.py'], 'files[0].path', 'is the name of the program itself'],
    [['main.py/x'], 'files[0].path', 'needs a directory where there is the file main.py'],
    [['1', '2', '3', '4', '5', '6'], 'files', 'must have at most 5 entries'],
  ])('%j cannot', (paths, path, message) => {
    const check = (): void =>
      checkInputFiles(
        paths.map((one) => text(one)),
        python,
        rules,
      );
    expect(check).toThrow(expect.objectContaining({ code: 'invalid_request', fields: [{ path, message }] }));
  });

  test('are refused above the bytes of one execution, before anything is kept', () => {
    const files = [text('a', 'x'.repeat(60)), text('b', 'x'.repeat(41))];
    expect(() => checkInputFiles(files, python, rules)).toThrow(expect.objectContaining({ code: 'file_too_large' }));
  });
});

describe('files of an execution', () => {
  const clock = new FakeClock();
  let blobs: MemoryBlobStore;
  let files: MemoryFileStore;
  let storage: MemoryTenantStorage;
  const request = { workingDirectory: '/workspace/', limits: { diskBytes: 80 } } as ExecutionRequest;

  beforeEach(() => {
    blobs = new MemoryBlobStore(clock);
    files = new MemoryFileStore(clock);
    storage = new MemoryTenantStorage(clock);
  });

  const resolve = (orders: InputFileOrder[], tenant = 'acme'): ReturnType<typeof resolveInputFiles> =>
    resolveInputFiles(
      { files, blobs, storage, clock, rules: { inputFiles: rules } },
      { tenant, files: orders },
      { id: 'exec_1', request },
    );

  async function upload(id: string, content: string, holder = id): Promise<void> {
    const kept = await blobs.put(Buffer.from(content), { maxBytes: 1000, keepUntil: clock.now() + 500, holder });
    const file = { id, tenant: 'acme', filename: 'f', language: null, mediaType: '', ...kept };
    await files.add({ ...file, uploadedAt: 0, expiresAt: clock.now() + 500 }, { maxFiles: 10, maxBytes: 1000 });
  }

  test('become blobs at absolute paths, in their order', async () => {
    await upload('file_a', 'from before');
    const resolved = await resolve([text('in.txt', 'now'), uploaded('bin/tool', 'file_a')]);
    expect(resolved).toEqual([
      { path: '/workspace/in.txt', mode: 0o644, size: 3, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { path: '/workspace/bin/tool', mode: 0o755, size: 11, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test('are kept for the execution though the uploaded file is deleted', async () => {
    await upload('file_a', 'from before');
    const [file] = await resolve([uploaded('tool', 'file_a')]);
    await blobs.release(file?.sha256 ?? '', 'file_a');
    clock.advance(900);
    expect(await blobs.expire(10)).toBe(0);
    clock.advance(200);
    expect(await blobs.expire(10)).toBe(1);
  });

  test('of others, of nobody and of before are told by their place, and nothing is kept', async () => {
    await upload('file_a', 'x');
    await expect(resolve([text('b'), uploaded('a', 'file_a')], 'other')).rejects.toMatchObject({
      fields: [{ path: 'files[1].file_id', message: 'is not one of your files' }],
    });
    await blobs.release((await files.get('acme', 'file_a'))?.sha256 ?? '', 'file_a');
    await blobs.expire(10);
    await expect(resolve([text('b'), uploaded('a', 'file_a')])).rejects.toMatchObject({
      fields: [{ path: 'files[1].file_id', message: 'is not kept any more' }],
    });
    await blobs.expire(10);
    expect((await blobs.usage()).bytes).toBe(0);
  });

  test('must fit onto the disk together, uploaded ones included', async () => {
    await upload('file_a', 'x'.repeat(50));
    await expect(resolve([text('b', 'x'.repeat(31)), uploaded('a', 'file_a')])).rejects.toMatchObject({
      fields: [{ path: 'resource_limits.disk_mb', message: 'the files have 81 bytes; disk_mb gives 80' }],
    });
    await expect(
      resolve([uploaded('a', 'file_a'), uploaded('b', 'file_a'), uploaded('c', 'file_a')]),
    ).rejects.toMatchObject({ code: 'file_too_large' });
    expect((await blobs.usage()).bytes).toBe(50);
  });

  test('cost nothing when there are none', async () => {
    blobs.broken = true;
    expect(await resolve([])).toEqual([]);
  });

  test('take room of their tenant, uploaded ones none, until they are released', async () => {
    await upload('file_1', 'uploaded');
    const inline = [text('a', '12345'), text('b', '678'), uploaded('c', 'file_1')];
    const kept = await resolve(inline);
    expect(storage.bytesOf('acme')).toBe(8);
    await releaseInputFiles({ blobs, storage }, kept, { id: 'exec_1', tenant: 'acme' });
    expect(storage.bytesOf('acme')).toBe(0);
  });

  test('are refused when their tenant has no room left, and nothing is kept', async () => {
    const caps = { maxRunning: null, maxQueued: null, cpuMsPerDay: null, storageBytes: 7 };
    const order = { tenant: 'acme', files: [text('a', '12345678')], caps };
    const deps = { files, blobs, storage, clock, rules: { inputFiles: rules } };
    await expect(resolveInputFiles(deps, order, { id: 'exec_1', request })).rejects.toMatchObject({
      code: 'storage_quota_exceeded',
      quota: { limit: 'storage_bytes', allowed: 7, current: 0 },
    });
    expect(await blobs.usage()).toMatchObject({ bytes: 0 });
  });
});

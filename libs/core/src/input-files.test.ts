import { beforeEach, describe, expect, test } from '@jest/globals';
import type { BlobFile, ExecutionRequest, Runtime } from '@gantry/contracts';
import { FakeClock, MemoryBlobStore, MemoryFileStore, MemoryTenantStorage } from './fakes/index.js';
import {
  broughtFiles,
  checkInputFiles,
  findInputFiles,
  hashInputs,
  inputFacts,
  type InputFileOrder,
} from './input-files.js';
import type { Brought } from './job-offer.js';

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

  async function find(
    orders: InputFileOrder[],
    tenant = 'acme',
  ): Promise<{ files: BlobFile[]; brought: Brought | null }> {
    const deps = { files, blobs, storage, clock, rules: { inputFiles: rules } };
    const found = await findInputFiles(deps, { tenant, files: hashInputs(orders) }, request);
    return { files: found.map(({ file }) => file), brought: broughtFiles(deps, { tenant, storageBytes: 7 }, found) };
  }
  async function resolve(orders: InputFileOrder[], tenant?: string): Promise<BlobFile[]> {
    const found = await find(orders, tenant);
    await found.brought?.keep('exec_1');
    return found.files;
  }

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
    const { brought } = await find([text('b'), uploaded('a', 'file_a')]);
    await expect(brought?.keep('exec_1')).rejects.toMatchObject({
      fields: [{ path: 'files[1].file_id', message: 'is not kept any more' }],
    });
    await brought?.giveUp('exec_1');
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
    expect(await find([])).toEqual({ files: [], brought: null });
  });

  test('are told with their hashes before anything is kept, so that a repeat is known by them', async () => {
    await upload('file_1', 'uploaded');
    const orders = [text('a', '12345'), text('b', '678'), uploaded('c', 'file_1')];
    const before = await blobs.usage();
    const { files: told, brought } = await find(orders);
    expect(await blobs.usage()).toEqual(before);
    expect(brought).toMatchObject({ bytes: 8, cap: 7, until: clock.now() + rules.keepMs });
    expect(await resolve(orders)).toEqual(told);
    const facts = inputFacts(hashInputs(orders));
    expect(facts).toEqual([
      { path: 'a', mode: 0o644, sha256: told[0]?.sha256 },
      { path: 'b', mode: 0o644, sha256: told[1]?.sha256 },
      { path: 'c', mode: 0o755, fileId: 'file_1' },
    ]);
    expect(inputFacts(hashInputs([text('a', '12346')]))).not.toEqual(facts.slice(0, 1));
  });

  test('are kept on behalf of who is told to, and given up for it alone', async () => {
    const { brought } = await find([text('a', '12345')]);
    await brought?.keep('exec_1');
    await brought?.keep('exec_1');
    await brought?.keep('exec_2');
    await brought?.giveUp('exec_1');
    await blobs.expire(10);
    expect((await blobs.usage()).bytes).toBe(5);
    await brought?.giveUp('exec_2');
    await blobs.expire(10);
    expect((await blobs.usage()).bytes).toBe(0);
  });
});

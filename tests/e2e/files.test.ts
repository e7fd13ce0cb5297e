import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileList, FileStatsView, FileUploaded, FileView } from '@gantry/contracts';
import { Redis } from 'ioredis';
import { Api, type Answer } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { beginUpload, BOUNDARY, field, filePart, multipart, MULTIPART, type Part } from '../support/multipart.js';
import { startStack, type Stack } from '../support/stack.js';

const MIB = 1024 * 1024;
const digest = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('files', () => {
  let stack: Stack;
  let alice: Api;
  let bob: Api;
  let redis: Redis;
  beforeAll(async () => {
    const API_KEYS = `alice:${digest('key-a')},bob:${digest('key-b')}`;
    stack = await startStack({
      env: {
        API_KEYS,
        MAX_FILE_BYTES: String(12 * MIB),
        MAX_FILES_PER_TENANT: '40',
        MAX_FILE_BYTES_PER_TENANT: String(24 * MIB),
        MAX_STORED_BYTES: String(64 * MIB),
        POOL_MAX_READY: '0',
      },
    });
    [alice, bob] = [new Api(stack.url, 'key-a'), new Api(stack.url, 'key-b')];
    redis = new Redis(stack.env['REDIS_URL'] ?? '');
  });
  afterAll(async () => {
    redis.disconnect();
    await stack.close();
  });

  const storedBytes = async (): Promise<number> => Number((await redis.get(`{${stack.deployment}}:blob-bytes`)) ?? 0);

  async function upload(body: Record<string, unknown>, api = alice): Promise<FileUploaded> {
    const answer = await api.call<FileUploaded>('POST', '/files/upload', body);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const sendParts = (parts: readonly Part[], ended = true): Promise<Answer> =>
    alice.call('POST', '/files/upload', multipart(parts, ended), { 'content-type': MULTIPART });
  const raw = (id: string, key = 'key-a'): Promise<Response> =>
    fetch(`${stack.url}/files/${id}/content`, { headers: { authorization: `Bearer ${key}` } });

  async function clear(): Promise<void> {
    for (const api of [alice, bob]) {
      const { body } = await api.call<FileList>('GET', '/files?limit=200');
      for (const { file_id } of body.files) await api.call('DELETE', `/files/${file_id}`);
    }
  }

  test('go in as JSON, are told, listed, counted, run and deleted', async () => {
    const content = 'import sys\nprint("hello", *sys.argv[1:], input())';
    const file = await upload({ filename: 'hello.py', content, language: 'py' });
    expect(file).toEqual({
      success: true,
      file_id: expect.stringMatching(/^file_[0-9a-z]{26}$/),
      file_path: `/files/${file.file_id}`,
      filename: 'hello.py',
      language: 'python',
      size: content.length,
      sha256: digest(content),
      media_type: 'text/x-python',
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      error_message: null,
    });
    const path = `/files/${file.file_id}`;
    expect((await alice.call<FileView>('GET', path)).body).toMatchObject({ content, encoding: 'utf-8' });
    const list = await alice.call<FileList>('GET', '/files');
    expect(list.body).toMatchObject({ total_count: 1, next_cursor: null, files: [{ file_id: file.file_id }] });
    expect((await alice.call<FileStatsView>('GET', '/files/stats')).body).toEqual({
      total_files: 1,
      files_by_language: { python: 1, node: 0, csharp: 0, bash: 0 },
      total_size: content.length,
      upload_dir: null,
    });
    const ran = await alice.call('POST', `${path}/execute`, {
      file_id: file.file_id,
      container_id: null,
      args: ['a'],
      input_data: 'in',
    });
    expect(ran).toMatchObject({ status: 200, body: { stdout: 'hello a in\n', language: 'python' } });
    expect(await alice.call('DELETE', path)).toMatchObject({
      status: 200,
      body: { success: true, message: 'File deleted successfully' },
    });
    for (const [method, of] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/content'],
      ['POST', '/execute'],
    ] as const)
      expect(await alice.call(method, path + of, method === 'POST' ? {} : undefined)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
  });

  test('go in as base64 and out as exactly those bytes, as a download that nothing shows or runs', async () => {
    const bytes = Buffer.concat([Buffer.from('<script>'), randomBytes(1000)]);
    const filename = 'a "b" 100% ü\'(1).html';
    const file = await upload({ filename, content: bytes.toString('base64'), binary: true });
    expect(file).toMatchObject({ size: bytes.length, sha256: digest(bytes), language: null });
    const answer = await raw(file.file_id);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-length': String(bytes.length),
      'content-disposition':
        "attachment; filename=\"a _b_ 100_ _'(1).html\"; filename*=UTF-8''a%20%22b%22%20100%25%20%C3%BC%27%281%29.html",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      etag: `"${digest(bytes)}"`,
    });
    const { body } = await alice.call<FileView>('GET', `/files/${file.file_id}`);
    expect(body).toMatchObject({ content: bytes.toString('base64'), encoding: 'base64' });
  });

  test('go in as a multipart stream, of any size up to the cap', async () => {
    const bytes = randomBytes(12 * MIB);
    const sent = await sendParts([field('language', 'node'), filePart('filename="big.bin"', bytes)]);
    expect(sent).toMatchObject({ status: 200, body: { size: bytes.length, sha256: digest(bytes), language: 'node' } });
    const id = String(sent.body['file_id']);
    expect(digest(Buffer.from(await (await raw(id)).arrayBuffer()))).toBe(digest(bytes));
    expect((await alice.call<FileView>('GET', `/files/${id}`)).body).toMatchObject({ content: null, encoding: null });
    const empty = await sendParts([filePart('filename="x"', ''), field('filename', 'empty.py')]);
    expect(empty).toMatchObject({ status: 200, body: { size: 0, filename: 'empty.py', language: 'python' } });
    expect(await (await raw(String(empty.body['file_id']))).text()).toBe('');
    const over = await sendParts([filePart('filename="b"', Buffer.concat([bytes, Buffer.from('x')]))]);
    expect(over).toMatchObject({ status: 413, body: { code: 'file_too_large' } });
    await clear();
  });

  test("others' files are not there", async () => {
    const file = await upload({ filename: 'secret.py', content: 'print(42)' });
    const path = `/files/${file.file_id}`;
    for (const [method, of] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/content'],
      ['POST', '/execute'],
    ] as const) {
      const [foreign, none] = await Promise.all([
        bob.call(method, path + of, method === 'POST' ? {} : undefined),
        bob.call(method, `${path.slice(0, -4)}0000${of}`, method === 'POST' ? {} : undefined),
      ]);
      expect(foreign.status).toBe(404);
      expect({ ...foreign.body, instance: '', detail: '' }).toEqual({ ...none.body, instance: '', detail: '' });
    }
    expect((await bob.call<FileList>('GET', '/files')).body).toMatchObject({ files: [], total_count: 0 });
    const asInput = { language: 'bash', code: 'cat in', files: [{ path: 'in', file_id: file.file_id }] };
    expect(await bob.call('POST', '/execute', asInput)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'files[0].file_id', message: 'is not one of your files' }] },
    });
  });

  test('are listed in pages', async () => {
    await clear();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await upload({ filename: `${i}.txt`, content: String(i) })).file_id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await alice.call<FileList>('GET', `/files?limit=2${query}`);
      seen.push(...body.files.map(({ file_id }) => file_id));
      cursor = body.next_cursor;
      expect(body.total_count).toBe(5);
    }
    expect(seen).toEqual(ids);
    for (const query of ['limit=0', 'limit=201', 'cursor=x', 'what=1'])
      expect((await alice.call('GET', `/files?${query}`)).status).toBe(422);
    await clear();
  });

  test('50 uploads at once take no more than a tenant may have, and what is refused is not kept', async () => {
    await clear();
    const before = await eventually(async () => {
      const bytes = await storedBytes();
      expect(bytes).toBe(0);
      return bytes;
    }, 40_000);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        alice.call('POST', '/files/upload', multipart([filePart(`filename="${i}"`, randomBytes(MIB))]), {
          'content-type': MULTIPART,
        }),
      ),
    );
    const kept = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(kept).toHaveLength(24);
    for (const { body } of refused) expect(['file_quota', 'storage_full']).toContain(body['code']);
    expect((await alice.call('GET', '/files/stats')).body).toMatchObject({ total_files: 24, total_size: 24 * MIB });
    await eventually(async () => expect(await storedBytes()).toBe(before + 24 * MIB), 40_000);
    await clear();
  });

  test('an upload that breaks off leaves nothing', async () => {
    const bytes = multipart([filePart('filename="a"', randomBytes(2 * MIB))], false);
    const before = await storedBytes();
    const key = { authorization: 'Bearer key-a' };
    const socket = await beginUpload(stack.url, 4 * MIB, bytes, key);
    await eventually(async () => expect(await storedBytes()).toBeGreaterThan(before));
    socket.destroy();
    await eventually(async () => expect(await storedBytes()).toBeLessThanOrEqual(before));
    expect((await alice.call('GET', '/files/stats')).body).toMatchObject({ total_files: 0 });
  });

  const PYTHON = { filename: 'a.py', content: '', language: 'python' };
  test.each<[string, Record<string, unknown>, string]>([
    ['a path', { ...PYTHON, filename: '../../etc/passwd' }, 'filename'],
    ['only dots', { ...PYTHON, filename: '..' }, 'filename'],
    ['NUL', { ...PYTHON, filename: 'a\u0000.py' }, 'filename'],
    ['a newline', { ...PYTHON, filename: 'a\r\nSet-Cookie: x' }, 'filename'],
    ['a changed reading direction', { ...PYTHON, filename: 'a\u202eyp.exe' }, 'filename'],
    ['256 bytes', { ...PYTHON, filename: 'é'.repeat(128) }, 'filename'],
    ['half a character', { ...PYTHON, content: '\ud800' }, 'content'],
    ['what is not base64', { ...PYTHON, content: 'QUJ', encoding: 'base64' }, 'content'],
    ['base64 with a line end', { ...PYTHON, content: 'QUJD\n', binary: true }, 'content'],
    ['an unknown encoding', { ...PYTHON, encoding: 'utf-7' }, 'encoding'],
    ['an unknown language', { ...PYTHON, language: 'klingon' }, 'language'],
    ['an unknown field', { ...PYTHON, path: '/etc' }, 'path'],
  ])('JSON with %s is refused', async (_what, body, path) => {
    const answer = await alice.call('POST', '/files/upload', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [expect.objectContaining({ path })] } });
  });

  const many = (count: number, part: (i: number) => Part): Part[] => Array.from({ length: count }, (_, i) => part(i));
  const one = filePart('filename="a.py"', 'print(1)');
  test.each<[string, Part[], number, string]>([
    ['thousands of fields', [one, ...many(5000, (i) => field(`f${i}`, 'x'))], 400, 'malformed_multipart'],
    ['thousands of files', many(3000, () => one), 400, 'malformed_multipart'],
    ['no file', [field('language', 'python')], 422, 'invalid_request'],
    ['nothing', [], 422, 'invalid_request'],
    [
      'a file under another name',
      [{ ...one, headers: ['Content-Disposition: form-data; name="up"; filename="a"'] }],
      422,
      'invalid_request',
    ],
    ['a path as the name', [filePart('filename="../a.py"', '')], 422, 'invalid_request'],
    ['a Windows path as the name', [filePart('filename="C:\\\\a.py"', '')], 422, 'invalid_request'],
    [
      'no name at all',
      [{ headers: ['Content-Disposition: form-data; name="file"'], body: 'x' }],
      422,
      'invalid_request',
    ],
    ['an encoded newline in the name', [filePart("filename*=UTF-8''a%0Ab.py", '')], 422, 'invalid_request'],
    ['an encoded NUL in the name', [filePart("filename*=UTF-8''a%00.py", '')], 422, 'invalid_request'],
    ['a language twice', [field('language', 'python'), field('language', 'node'), one], 422, 'invalid_request'],
    ['an unknown field', [one, field('path', '/etc')], 422, 'invalid_request'],
    ['a huge field', [field('language', 'x'.repeat(3000)), one], 422, 'invalid_request'],
    ['an unknown language', [one, field('language', 'klingon')], 422, 'unknown_language'],
    [
      'a part in base64',
      [filePart('filename="a"', 'QQ==', 'Content-Transfer-Encoding: base64')],
      422,
      'invalid_request',
    ],
    [
      'huge headers',
      [
        {
          headers: [...many(2000, () => one).flatMap(({ headers }) => headers)].map((h, i) => `X-${i}: ${h}`),
          body: 'x',
        },
      ],
      422,
      'invalid_request',
    ],
  ])('multipart with %s is refused and leaves nothing', async (_what, parts, status, code) => {
    const answer = await sendParts(parts);
    expect(answer).toMatchObject({ status, body: { code } });
    expect((await alice.call('GET', '/files/stats')).body).toMatchObject({ total_files: 0 });
  });

  test.each<[string, string, string | Buffer, number]>([
    ['without its end', MULTIPART, multipart([one], false), 400],
    ['without a boundary', 'multipart/form-data', multipart([one]), 400],
    ['with another boundary', 'multipart/form-data; boundary=other', multipart([one]), 400],
    ['of noise', MULTIPART, randomBytes(100_000), 400],
    ['cut within the headers', MULTIPART, `--${BOUNDARY}\r\nContent-Disposition: form-da`, 400],
    ['of another kind', 'multipart/mixed; boundary=x', multipart([one]), 415],
    ['as plain text', 'text/plain', 'x', 415],
    ['as a form', 'application/x-www-form-urlencoded', 'a=b', 415],
    ['that is not JSON', 'application/json', '{', 400],
  ])('a body %s is refused', async (_what, type, body, status) => {
    const answer = await alice.call('POST', '/files/upload', body, { 'content-type': type });
    expect(answer.status).toBe(status);
    expect((await alice.call('GET', '/files/stats')).body).toMatchObject({ total_files: 0 });
  });

  test('a program must be text of a known language, and the file that the path names', async () => {
    const binary = await upload({ filename: 'a.py', content: '/w==', binary: true });
    const text = await upload({ filename: 'notes.txt', content: 'print(1)' });
    const run = (id: string, body: object): ReturnType<Api['call']> => alice.call('POST', `/files/${id}/execute`, body);
    const faults = (path: string): object => ({ status: 422, body: { errors: [expect.objectContaining({ path })] } });
    expect(await run(binary.file_id, {})).toMatchObject(faults('file_id'));
    expect(await run(text.file_id, {})).toMatchObject(faults('language'));
    expect(await run(text.file_id, { file_id: binary.file_id })).toMatchObject(faults('file_id'));
    expect(await run(text.file_id, { container_id: 'c1' })).toMatchObject(faults('container_id'));
    expect(await run(text.file_id, { code: 'x' })).toMatchObject(faults('code'));
    expect(await run(text.file_id, { language: 'python' })).toMatchObject({ status: 200, body: { stdout: '1\n' } });
    await clear();
  });
});

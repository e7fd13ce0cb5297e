import { createHash } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { breakOff, json, problem, ScriptedGateway, viewOf, type Respond } from './fakes/scripted-gateway.js';
import { GantryClient, type Download, type FileUpload } from './index.js';

const UPLOADED = {
  success: true,
  file_id: 'file_1',
  file_path: '/files/file_1',
  filename: 'a.py',
  language: 'python',
  size: 3,
  sha256: '00',
  media_type: 'text/x-python',
  expires_at: '2026-11-23T10:00:00Z',
  error_message: null,
};
const clientOf = (gateway: { url: string }, options: object = {}): GantryClient =>
  new GantryClient({ baseUrl: gateway.url, retryBaseMs: 2, ...options });
const pieces = (...texts: string[]): (() => AsyncIterable<Uint8Array>) =>
  async function* () {
    for (const text of texts) yield await Promise.resolve(Buffer.from(text));
  };

async function readAll(download: Download): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of download) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('an upload', () => {
  test.each<[string, FileUpload['content'], number | undefined]>([
    ['bytes', Buffer.from('print("é")\r\n'), undefined],
    ['a stream of known size', pieces('print(', '', '"é")\r\n'), 13],
    ['a stream of unknown size', pieces('print("é")\r\n'), undefined],
  ])('sends %s as one part of a form, with name and language', async (_what, content, size) => {
    await using gateway = await ScriptedGateway.start(json(200, UPLOADED));
    const told: number[] = [];
    const file = { filename: 'q"é;.py', content, size, language: 'python' };
    const onProgress = (sent: number): void => void told.push(sent);
    expect(await clientOf(gateway).uploadFile(file, { onProgress })).toEqual(UPLOADED);
    const [request] = gateway.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/files/upload' });
    const form = await new Response(request?.body, {
      headers: { 'content-type': request?.headers['content-type'] ?? '' },
    }).formData();
    expect([...form.keys()]).toEqual(['filename', 'language', 'file']);
    expect([form.get('filename'), form.get('language')]).toEqual(['q"é;.py', 'python']);
    expect(await (form.get('file') as File).text()).toBe('print("é")\r\n');
    expect(told.at(-1)).toBe(13);
    const declared = size !== undefined || content instanceof Uint8Array;
    expect(request?.headers['content-length'] !== undefined).toBe(declared);
  });

  test('is opened anew for a further try, and repeated only when the service kept nothing', async () => {
    await using busy = await ScriptedGateway.start(
      problem(503, 'storage_unavailable', { 'retry-after': '0' }),
      json(200, UPLOADED),
    );
    const file = { filename: 'a', content: pieces('abc') };
    expect(await clientOf(busy).uploadFile(file)).toEqual(UPLOADED);
    expect(busy.requests.map(({ body }) => body.includes('abc'))).toEqual([true, true]);
    await using broken = await ScriptedGateway.start(breakOff, json(200, UPLOADED));
    await expect(clientOf(broken).uploadFile(file)).rejects.toMatchObject({ failure: 'interrupted' });
    expect(broken.requests).toHaveLength(1);
  });

  test('fails as its source does', async () => {
    await using gateway = await ScriptedGateway.start(json(200, UPLOADED));
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw new Error('EIO');
    };
    await expect(clientOf(gateway).uploadFile({ filename: 'a', content })).rejects.toThrow(/^EIO$/);
  });

  test('shows a refusal that comes before all was sent', async () => {
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', () => {
          const body = JSON.stringify({
            code: 'file_too_large',
            detail: 'The file has more than 5 bytes',
            status: 413,
          });
          const head = `HTTP/1.1 413 Too Large\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
          socket.write(head + body);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (;;) yield await Promise.resolve(new Uint8Array(65_536));
      };
      const upload = clientOf({ url }, { timeoutMs: 5000 }).uploadFile({ filename: 'a', content: endless });
      await expect(upload).rejects.toMatchObject({ code: 'file_too_large', status: 413 });
    } finally {
      server.close();
    }
  });

  test('goes on as long as bytes go out, and gives up when none do', async () => {
    await using gateway = await ScriptedGateway.start(json(200, UPLOADED));
    const client = clientOf(gateway, { timeoutMs: 500 });
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        yield Buffer.from('x');
      }
    };
    expect(await client.uploadFile({ filename: 'a', content: slow })).toEqual(UPLOADED);
    const stuck = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      await new Promise(() => undefined);
    };
    await expect(client.uploadFile({ filename: 'a', content: stuck })).rejects.toMatchObject({ failure: 'timeout' });
  });
});

describe('a download', () => {
  const sha256 = createHash('sha256').update('content').digest('hex');
  const content: Respond = (response) =>
    void response
      .writeHead(200, { 'content-type': 'text/csv', etag: `"${sha256}"`, 'content-length': '7' })
      .end('content');

  test('gives the bytes, and what they are', async () => {
    await using gateway = await ScriptedGateway.start(problem(503, 'x', { 'retry-after': '0' }), content);
    await using download = await clientOf(gateway).downloadArtifact('exec_1', 'out/a b#?%.csv');
    expect(download).toMatchObject({ size: 7, sha256, mediaType: 'text/csv' });
    expect(await readAll(download)).toBe('content');
    expect(gateway.requests[1]?.url).toBe('/executions/exec_1/artifacts/out/a%20b%23%3F%25.csv');
  });

  test('fails when it is cut, and when it stands still', async () => {
    const cut: Respond = (response) => {
      response.writeHead(200, { 'content-length': '7' }).flushHeaders();
      response.write('con', () => response.destroy());
    };
    await using broken = await ScriptedGateway.start(cut);
    const download = await clientOf(broken).downloadFile('file_1');
    await expect(readAll(download)).rejects.toMatchObject({ failure: 'interrupted' });
    await using silent = await ScriptedGateway.start((response) => response.writeHead(200).flushHeaders());
    const slow = await clientOf(silent, { timeoutMs: 50 }).downloadArtifacts('exec_1');
    await expect(readAll(slow)).rejects.toMatchObject({ failure: 'timeout' });
  });

  test('closes the connection when it is left', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    await using gateway = await ScriptedGateway.start((response) => {
      response
        .on('close', () => closed())
        .writeHead(200)
        .write('x');
    });
    for await (const _ of await clientOf(gateway).downloadFile('file_1')) break;
    await gone;
  });
});

test('files are listed, looked at, counted, run and deleted', async () => {
  const { success: _s, file_path, error_message: _e, ...rest } = UPLOADED;
  const summary = { ...rest, uploaded_at: '2026-11-22T10:00:00Z' };
  await using gateway = await ScriptedGateway.start(
    json(200, { files: [summary], total_count: 2, next_cursor: 'file_1' }),
    json(200, { files: [{ ...summary, file_id: 'file_0' }], total_count: 2, next_cursor: null }),
    json(200, { ...summary, file_path, content: 'x', encoding: 'utf-8' }),
    json(200, { total_files: 1, files_by_language: {}, total_size: 3, upload_dir: null }),
    json(202, { execution_id: 'exec_1', status: 'pending' }),
    json(200, viewOf()),
    breakOff,
  );
  const client = clientOf(gateway);
  const ids: string[] = [];
  for await (const file of client.listFiles({ pageSize: 1 })) ids.push(file.file_id);
  expect(ids).toEqual(['file_1', 'file_0']);
  expect(await client.getFile('file_1')).toMatchObject({ content: 'x' });
  expect(await client.fileStats()).toMatchObject({ total_files: 1 });
  expect(await client.executeFile('file_1', { args: ['a'] })).toMatchObject({ status: 'completed' });
  // Deleted or not: a repeat could say that it never was.
  await expect(client.deleteFile('file_1')).rejects.toMatchObject({ failure: 'interrupted' });
  expect(gateway.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /files?limit=1',
    'GET /files?limit=1&cursor=file_1',
    'GET /files/file_1',
    'GET /files/stats',
    'POST /files/file_1/execute',
    'GET /executions/exec_1?wait_seconds=30',
    'DELETE /files/file_1',
  ]);
  expect(JSON.parse(gateway.requests[4]?.body ?? '')).toEqual({ args: ['a'], wait_seconds: 30 });
});

test('no id, name or path leads elsewhere', async () => {
  const client = clientOf({ url: 'http://127.0.0.1:1' });
  const usage = { name: 'GantryUsageError' };
  for (const path of ['..', 'a/../b', '/etc', 'a//b', '', './a'])
    await expect(client.downloadArtifact('exec_1', path)).rejects.toMatchObject(usage);
  for (const name of ['..', '.', 'a/b', '../x', '', '-x'])
    await expect(client.getImage(name)).rejects.toMatchObject(usage);
  for (const id of ['..', 'a/b']) await expect(client.getFile(id)).rejects.toMatchObject(usage);
  for (const id of ['..', 'a/b']) await expect(client.getJob(id)).rejects.toMatchObject(usage);
});

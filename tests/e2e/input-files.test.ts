import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExecutionView, FileUploaded } from '@gantry/contracts';
import { Redis } from 'ioredis';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { startStack, type Stack } from '../support/stack.js';

const MIB = 1024 * 1024;

describe('executions with files', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack({ env: { WORKER_CONCURRENCY: '1', MAX_INPUT_BYTES: String(6 * MIB) } });
    api = new Api(stack.url);
  });
  afterAll(() => stack.close());

  test('find them where they were put, as they were, in the modes they were given', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const { body: tool } = await api.call<FileUploaded>('POST', '/files/upload', {
      filename: 'tool.sh',
      content: '#!/bin/sh\necho tool "$@"\n',
    });
    const code = [
      'import hashlib, os, subprocess, pkg.mod',
      'print(pkg.mod.NAME, open("data/in.txt").read(), open("data/bytes", "rb").read().hex())',
      'print(subprocess.run(["bin/tool", "x"], capture_output=True, text=True).stdout.strip())',
      'print(oct(os.stat("bin/tool").st_mode & 0o7777), oct(os.stat("data/in.txt").st_mode & 0o7777), os.stat("big").st_size)',
      'open("data/in.txt", "a").write("own")',
    ].join('\n');
    const files = [
      { path: 'data/in.txt', content: 'é 😀', mode: '0600' },
      { path: 'data/bytes', content: bytes.toString('base64'), encoding: 'base64' },
      { path: 'pkg/mod.py', content: 'NAME = "mod"' },
      { path: 'bin/tool', file_id: tool.file_id, mode: '0755' },
      { path: 'big', content: 'x'.repeat(2 * MIB) },
    ];
    const view = await api.execute({ language: 'python', code, files });
    expect([view.stderr, view.stdout]).toEqual([
      '',
      `mod é 😀 ${bytes.toString('hex')}\ntool x\n0o755 0o600 ${2 * MIB}\n`,
    ]);
  });

  test('are there for a compiler, for Node.js modules, and below another working directory', async () => {
    const [node, bash] = await Promise.all([
      api.execute({
        language: 'node',
        code: 'console.log(require("./lib/a").a, JSON.parse(require("fs").readFileSync("d.json")).b)',
        files: [
          { path: 'lib/a.js', content: 'exports.a = 1;' },
          { path: 'd.json', content: '{"b": 2}' },
        ],
      }),
      api.execute({
        language: 'bash',
        code: 'pwd; cat sub/f',
        working_directory: '/tmp/here/',
        files: [{ path: 'sub/f', content: 'deep' }],
      }),
    ]);
    expect([node.stderr, node.stdout]).toEqual(['', '1 2\n']);
    expect([bash.stderr, bash.stdout]).toEqual(['', '/tmp/here\ndeep']);
  });

  test('run with them though they are deleted while the execution waits', async () => {
    const { body: file } = await api.call<FileUploaded>('POST', '/files/upload', {
      filename: 'a',
      content: 'still here',
    });
    const blocker = await api.submit({ language: 'bash', code: 'sleep 30' });
    await eventually(async () => expect((await api.get(blocker)).status).toBe('running'));
    const waiting = await api.submit({
      language: 'bash',
      code: 'cat a',
      files: [{ path: 'a', file_id: file.file_id }],
    });
    expect((await api.call('DELETE', `/files/${file.file_id}`)).status).toBe(200);
    await api.call('DELETE', `/executions/${blocker}`);
    expect(await api.get(waiting, 30)).toMatchObject({ status: 'completed', stdout: 'still here' });
  });

  test('end with a clear failure when the bytes are gone', async () => {
    const redis = new Redis(stack.env['REDIS_URL'] ?? '');
    const blocker = await api.submit({ language: 'bash', code: 'sleep 30' });
    await eventually(async () => expect((await api.get(blocker)).status).toBe('running'));
    const files = [{ path: 'data/lost', content: 'to be lost' }];
    const waiting = await api.submit({ language: 'bash', code: 'cat data/lost', files });
    const keys = await redis.keys(`{${stack.deployment}}:blob:*`);
    await redis.unlink(...keys);
    redis.disconnect();
    await api.call('DELETE', `/executions/${blocker}`);
    expect(await api.get(waiting, 30)).toMatchObject({
      status: 'failed',
      reason: 'internal_error',
      error_message: 'The input files are missing: The content of /workspace/data/lost is not kept any more',
    });
  });

  test('that do not fit in the end fail by the disk limit', async () => {
    const files = [{ path: 'a', content: 'x'.repeat(1_000_000) }];
    const view = await api.execute({ language: 'bash', code: ':', files, resource_limits: { disk_mb: 1 } });
    expect(view).toMatchObject({ status: 'failed', reason: 'disk_limit' });
  });

  const hello = { language: 'python', code: '' };
  const text = (path: string): object => ({ path, content: '' });
  test.each<[string, Record<string, unknown>, string]>([
    ['an absolute path', { files: [text('/etc/passwd')] }, 'files[0].path'],
    ['a path upwards', { files: [text('a'), text('../a')] }, 'files[1].path'],
    ['a path over a way around', { files: [text('a/../../b')] }, 'files[0].path'],
    ['NUL', { files: [text('a\u0000')] }, 'files[0].path'],
    ['a newline', { files: [text('a\nb')] }, 'files[0].path'],
    ['a long name', { files: [text('x'.repeat(256))] }, 'files[0].path'],
    ['one path twice', { files: [text('a'), text('b'), text('c'), text('a')] }, 'files[3].path'],
    ['a file for a directory', { files: [text('a/b'), text('a')] }, 'files[0].path'],
    ['the program itself', { files: [text('main.py')] }, 'files[0].path'],
    ['neither content nor id', { files: [{ path: 'a' }] }, 'files[0].content'],
    ['both', { files: [{ path: 'a', content: '', file_id: `file_${'0'.repeat(26)}` }] }, 'files[0].content'],
    ['what is not base64', { files: [{ path: 'a', content: '====', encoding: 'base64' }] }, 'files[0].content'],
    ['setuid', { files: [{ path: 'a', content: '', mode: '4755' }] }, 'files[0].mode'],
    ['an unknown file', { files: [{ path: 'a', file_id: `file_${'0'.repeat(26)}` }] }, 'files[0].file_id'],
    [
      'more than the disk',
      { files: [{ path: 'a', content: 'x'.repeat(MIB + 1) }], resource_limits: { disk_mb: 1 } },
      'resource_limits.disk_mb',
    ],
    ['too many', { files: Array.from({ length: 1001 }, (_, i) => text(String(i))) }, 'files'],
    [
      'cache with the network',
      { cache: true, resource_limits: { network_enabled: true } },
      'resource_limits.network_enabled',
    ],
    ['cache with a stream', { cache: true, stdin: 'stream' }, 'cache'],
  ])('are refused with %s', async (_what, more, path) => {
    const answer = await api.call('POST', '/execute', { ...hello, ...more });
    expect(answer).toMatchObject({ status: 422, body: { errors: [expect.objectContaining({ path })] } });
  });

  test('above the bytes of one execution are refused', async () => {
    const files = [{ path: 'a', content: 'x'.repeat(6 * MIB + 1) }];
    expect(await api.call('POST', '/execute', { ...hello, files })).toMatchObject({
      status: 413,
      body: { code: 'file_too_large', errors: [expect.objectContaining({ path: 'files' })] },
    });
  });

  describe('equal requests', () => {
    const drawing = 'import random; print(random.random(), open("in").read())';
    const request = (content = '1'): Record<string, unknown> => ({
      language: 'python',
      code: drawing,
      files: [{ path: 'in', content }],
      cache: true,
    });

    test('have the result of the first, at once, with its id', async () => {
      const first = await api.execute(request());
      expect(first).toMatchObject({ status: 'completed', cached: false, origin_execution_id: null });
      const again = await api.call<ExecutionView>('POST', '/execute', request(), { prefer: 'respond-async' });
      expect(again.status).toBe(200);
      expect(again.body).toEqual({ ...first, cached: true, origin_execution_id: first.execution_id });
      expect(await api.get(first.execution_id)).toEqual(first);
      const plain = await api.execute({ ...request(), cache: false });
      expect(plain).toMatchObject({ cached: false });
      expect(plain.stdout).not.toBe(first.stdout);
      const other = await api.execute(request('2'));
      expect(other).toMatchObject({ cached: false, stdout: expect.stringMatching(/ 2\n$/) });
    });

    test('are run again when the first has failed', async () => {
      const failing = { language: 'bash', code: 'echo $RANDOM$RANDOM; exit 3', cache: true };
      const [first, again] = [await api.execute(failing), await api.execute(failing)];
      expect([first.cached, again.cached]).toEqual([false, false]);
      expect(again.execution_id).not.toBe(first.execution_id);
    });
  });
});

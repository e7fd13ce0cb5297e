import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { json, ScriptedCli, sse, VIEW } from '../../../tests/support/scripted-cli.js';

const UPLOADED = {
  success: true,
  file_id: 'file_1',
  file_path: '/files/file_1',
  filename: 'job.py',
  language: 'python',
  size: 3,
  sha256: '00',
  media_type: 'text/x-python',
  expires_at: '2026-12-01T10:00:00Z',
  error_message: null,
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bytes =
  (text: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(200, { etag: `"${sha256(text)}"`, ...headers }).end(text);

let cli: ScriptedCli;
let directory: string;
beforeEach(async () => {
  cli = await ScriptedCli.start();
  directory = await mkdtemp(join(tmpdir(), 'gantry-files-'));
});
afterEach(async () => {
  await cli[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** All files below the directory, with what they hold. */
async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (file) => [file.slice(directory.length + 1), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe('upload-file', () => {
  beforeEach(() => {
    cli.routes['POST /files/upload'] = json(200, UPLOADED);
  });
  const sentFile = (): string => cli.requests[0]?.body ?? '';

  test('sends a file, standard input, or what the arguments say', async () => {
    const path = join(directory, 'job.py');
    await writeFile(path, 'é=1');
    const { code, out } = await cli.run(['upload-file', path, '--language', 'py']);
    expect([code, out.toString()]).toEqual([0, expect.stringMatching(/^file: {6}file_1\nname: {6}job\.py\n/)]);
    expect(sentFile()).toMatch(
      /name="filename"\r\n\r\njob\.py\r\n[^]*name="language"\r\n\r\npy\r\n[^]*\r\n\r\né=1\r\n--/,
    );
    cli.requests = [];
    await cli.run(['upload-file', '-', '--name', 'in.csv'], { input: 'a,b' });
    expect(sentFile()).toMatch(/name="filename"\r\n\r\nin\.csv\r\n[^]*\r\n\r\na,b\r\n--/);
    cli.requests = [];
    await cli.run(['upload-file', 'hello.py', 'print(1)', 'python']);
    expect(sentFile()).toMatch(/hello\.py\r\n[^]*name="language"\r\n\r\npython\r\n[^]*\r\n\r\nprint\(1\)\r\n--/);
  });

  test('shows a bar on a terminal, and leaves nothing of it', async () => {
    const path = join(directory, 'job.py');
    await writeFile(path, 'x'.repeat(1000));
    const { err, out } = await cli.run(['upload-file', path], { bars: true });
    expect(err).toContain('100% 1000 B of 1000 B job.py');
    expect(err.endsWith('\u001b[1G\u001b[2K')).toBe(true);
    expect(out.toString()).toContain('file_1');
    expect((await cli.run(['upload-file', path, '--json'], { bars: true })).err).toBe('');
  });

  test.each([
    [['upload-file', '-'], /has no name/],
    [['upload-file', 'name', 'content'], /all three of name, content and language/],
    [['upload-file', 'a', 'b', 'c', '--name', 'd'], /given as arguments already/],
    [['upload-file', 'nowhere.py'], /Cannot read nowhere\.py: there is no such file/],
    [['upload-file', '.'], /is not a file/],
    [['delete-file', '../x'], /not a file id/],
  ])('%j is explained', async (argv, message) => {
    const { code, err } = await cli.run(argv);
    expect(err).toMatch(message);
    expect(code).toBe(/Cannot read/.test(err) ? 1 : 2);
    expect(cli.requests).toEqual([]);
  });
});

describe('files', () => {
  test('are listed, counted, run and deleted', async () => {
    const { success: _s, file_path: _p, error_message: _e, ...rest } = UPLOADED;
    const file = { ...rest, uploaded_at: '2026-11-23T10:00:00Z', filename: 'evil\u001b[2J.py' };
    cli.routes = {
      'GET /files?limit=50': json(200, { files: [file], total_count: 1, next_cursor: null }),
      'GET /files/stats': json(200, {
        total_files: 1,
        files_by_language: { python: 1 },
        total_size: 3,
        upload_dir: null,
      }),
      'POST /files/file_1/execute': json(202, { execution_id: 'exec_1', status: 'pending' }),
      'GET /executions/exec_1/stream': sse(['result', { ...VIEW, status: 'failed', exit_code: 4 }]),
      'DELETE /files/file_1': json(200, { success: true, message: 'gone' }),
    };
    expect((await cli.run(['list-files'])).out.toString()).toMatch(/^file_1 +evil\\x1b\[2J\.py +python +3 B/m);
    expect((await cli.run(['file-stats'])).out.toString()).toContain('languages: python 1');
    expect((await cli.run(['exec-file', 'file_1', '-l', 'py', '--timeout', '5', '--', '-v'])).code).toBe(4);
    expect(cli.sent('POST /files/file_1/execute')).toEqual({
      language: 'py',
      args: ['-v'],
      resource_limits: { timeout_seconds: 5 },
      wait_seconds: 0,
    });
    expect((await cli.run(['delete-file', 'file_1'])).out.toString()).toBe('file_1 is deleted.\n');
  });

  test('are downloaded whole or not at all', async () => {
    const target = join(directory, 'a.csv');
    await writeFile(target, 'old');
    cli.routes['GET /files/file_1/content'] = bytes('new');
    expect((await cli.run(['download-file', 'file_1', '-o', '-'])).out.toString()).toBe('new');
    cli.routes['GET /files/file_1/content'] = bytes('other', { etag: `"${sha256('new')}"` });
    const wrong = await cli.run(['download-file', 'file_1', '-o', target]);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('SHA-256') });
    expect(await contents()).toEqual({ 'a.csv': 'old' });
    cli.routes['GET /files/file_1/content'] = bytes('new');
    expect((await cli.run(['download-file', 'file_1', '-o', target])).code).toBe(0);
    expect(await contents()).toEqual({ 'a.csv': 'new' });
    cli.routes['GET /files/file_1/content'] = bytes('x', { 'content-disposition': `attachment; filename*=UTF-8''..` });
    expect((await cli.run(['download-file', 'file_1'])).err).toContain('Say where to write it by -o');
  });
});

describe('exec with files', () => {
  beforeEach(() => {
    cli.routes = {
      'POST /execute': json(202, { execution_id: 'exec_1', status: 'pending' }),
      'GET /executions/exec_1/stream': sse(['result', VIEW]),
      'POST /files/upload': json(200, UPLOADED),
      'DELETE /files/file_1': json(200, { success: true, message: 'gone' }),
    };
  });

  test('puts them beside the program: text, bytes, and where they shall go', async () => {
    await writeFile(join(directory, 'a.txt'), 'ü');
    await writeFile(join(directory, 'b:c'), Buffer.from([255]), { mode: 0o755 });
    const files = ['-f', `${join(directory, 'a.txt')}:in/t.txt`, '-f', join(directory, 'b:c')];
    expect((await cli.run(['exec', 'python', 'x', ...files, '--cache', '--image', 'tools:v1'])).code).toBe(0);
    expect(cli.sent('POST /execute')).toMatchObject({
      image_id: 'tools:v1',
      cache: true,
      files: [
        { path: 'in/t.txt', content: 'ü' },
        { path: 'b:c', content: '/w==', encoding: 'base64', mode: '0755' },
      ],
    });
  });

  test('uploads large ones for this execution only', async () => {
    const path = join(directory, 'big');
    await writeFile(path, Buffer.alloc(2 ** 20 + 1));
    expect((await cli.run(['exec', 'python', 'x', '-f', path])).code).toBe(0);
    expect(cli.sent('POST /execute')).toMatchObject({ files: [{ path: 'big', file_id: 'file_1' }] });
    expect(cli.requests.map(({ route }) => route).slice(0, 3)).toEqual([
      'POST /files/upload',
      'POST /execute',
      'DELETE /files/file_1',
    ]);
  });

  test('tells that a result is an earlier one', async () => {
    cli.routes['POST /execute'] = json(200, { ...VIEW, cached: true });
    expect((await cli.run(['exec', 'python', 'x', '--cache'])).err).toContain(
      'answered from the cache: the result of exec_1',
    );
  });
});

describe('artifacts', () => {
  const artifact = (path: string, text: string): object => {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    cli.routes[`GET /executions/exec_1/artifacts/${encoded}`] = bytes(text);
    return { path, size: text.length, media_type: 'text/plain', sha256: sha256(text), url: '' };
  };
  const listOf = (...artifacts: object[]): object => ({
    execution_id: 'exec_1',
    artifacts,
    artifacts_omitted: [{ path: 'link', reason: 'not_a_regular_file' }],
    artifacts_omitted_count: 3,
    tar_url: '',
  });

  test('are saved below a directory, whatever they are called', async () => {
    const hostile = ['../up', '/etc/cron.d/x', 'a/../../b', '..'].map((path) => ({ ...artifact('x', 'evil'), path }));
    cli.routes['GET /executions/exec_1/artifacts'] = json(
      200,
      listOf(artifact('out/a.txt', 'one'), artifact('new\nline', 'two'), ...hostile),
    );
    const { code, err } = await cli.run(['artifacts', 'exec_1', '-o', join(directory, 'deep', 'out')]);
    expect(await contents()).toEqual({ 'deep/out/out/a.txt': 'one', 'deep/out/new_line': 'two' });
    expect(code).toBe(1);
    expect(err.match(/left out .*: its path would lead elsewhere/g)).toHaveLength(4);
    expect(err).toContain('not kept: link (not_a_regular_file)\ngantry: not kept: 2 more\n');
    expect(err).toContain('saved 2 artifacts in ');
  });

  test('are not written through links that lie in the way', async () => {
    const outside = join(directory, 'outside');
    const out = join(directory, 'out');
    await mkdir(outside);
    await mkdir(out);
    await writeFile(join(outside, 'target'), 'untouched');
    await symlink(outside, join(out, 'dir'));
    await symlink(join(outside, 'target'), join(out, 'file'));
    cli.routes['GET /executions/exec_1/artifacts'] = json(
      200,
      listOf(artifact('file', 'new'), artifact('dir/x', 'new')),
    );
    const { code, err } = await cli.run(['artifacts', 'exec_1', '-o', out]);
    expect([code, err]).toEqual([1, expect.stringContaining('is a link, so nothing is written below it')]);
    expect(await contents()).toEqual({ 'outside/target': 'untouched', 'out/file': 'new' });
  });

  test('are listed, or come as one archive', async () => {
    cli.routes['GET /executions/exec_1/artifacts'] = json(200, listOf(artifact('a', '1')));
    const { out } = await cli.run(['artifacts', 'exec_1', '--list']);
    expect(out.toString()).toBe('ARTIFACT  SIZE  TYPE\na         1 B   text/plain\n');
    cli.routes['GET /executions/exec_1/artifacts.tar'] = bytes('tar', { etag: '' });
    expect((await cli.run(['artifacts', 'exec_1', '--tar', '-'])).out.toString()).toBe('tar');
    expect((await cli.run(['artifacts', 'exec_1', '--list', '-o', 'x'])).code).toBe(2);
    expect(await contents()).toEqual({});
  });

  test('of exec are saved at its end, and its exit code stays', async () => {
    const end = { ...VIEW, status: 'failed', exit_code: 3, artifacts: [artifact('p.png', 'png')] };
    cli.routes['POST /execute'] = json(202, { execution_id: 'exec_1', status: 'pending' });
    cli.routes['GET /executions/exec_1/stream'] = sse(['result', end]);
    const run = await cli.run(['exec', 'python', 'x', '-a', '*.png', '-a', 'out/', '-o', directory]);
    expect(run).toMatchObject({ code: 3, err: `gantry: saved 1 artifact in ${directory}\n` });
    expect(cli.sent('POST /execute')).toMatchObject({ artifacts: ['*.png', 'out/'] });
    expect(await contents()).toEqual({ 'p.png': 'png' });
  });
});

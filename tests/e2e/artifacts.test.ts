import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ArtifactList, ExecutionView } from '@gantry/contracts';
import { Api } from '../support/api.js';
import { containersOf } from '../support/containers.js';
import { startStack, type Stack } from '../support/stack.js';
import { unpackTar } from '../support/tar.js';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const MIB = 1024 * 1024;

const CODE = `
import os
os.makedirs('out/deep')
open('out/a.txt', 'w').write('hello')
open('out/deep/page.html', 'w').write('<script>alert(1)</script>')
open('out/new\\nline "ä%2F..?#.png', 'w').write('odd')
open('large.bin', 'wb').write(bytes(range(256)) * 12000)
open('secret.txt', 'w').write('not asked for')
os.symlink('/etc/passwd', 'out/link')
`;

describe('artifacts over REST', () => {
  let stack: Stack;
  let alice: Api;
  let bob: Api;
  let ended: ExecutionView;

  beforeAll(async () => {
    const API_KEYS = `alice:${sha256('key-a')},bob:${sha256('key-b')}`;
    const caps = { MAX_ARTIFACTS: '20', MAX_ARTIFACT_BYTES: String(4 * MIB), MAX_ARTIFACTS_BYTES: String(6 * MIB) };
    stack = await startStack({ env: { API_KEYS, ...caps } });
    alice = new Api(stack.url, 'key-a');
    bob = new Api(stack.url, 'key-b');
    ended = await alice.execute({ language: 'python', code: CODE, artifacts: ['out/', '*.bin'] });
  });
  afterAll(async () => {
    await stack.close();
    expect(await containersOf(stack.deployment)).toEqual([]);
  });

  const get = (path: string, key = 'key-a', method = 'GET'): Promise<Response> =>
    fetch(stack.url + path, { method, headers: { authorization: `Bearer ${key}` } });
  const bytesOf = async (path: string): Promise<Buffer> => Buffer.from(await (await get(path)).arrayBuffer());

  test('are listed in the result, with what was left out', async () => {
    expect(ended).toMatchObject({ status: 'completed', exit_code: 0 });
    const large = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    const base = `/executions/${ended.execution_id}/artifacts`;
    expect(ended.artifacts).toEqual([
      {
        path: 'large.bin',
        size: 3_072_000,
        media_type: 'application/octet-stream',
        sha256: sha256(Buffer.alloc(3_072_000, large)),
        url: `${base}/large.bin`,
      },
      { path: 'out/a.txt', size: 5, media_type: 'text/plain', sha256: sha256('hello'), url: `${base}/out/a.txt` },
      expect.objectContaining({ path: 'out/deep/page.html', media_type: 'text/html' }),
      expect.objectContaining({ path: 'out/new\nline "ä%2F..?#.png', media_type: 'image/png' }),
    ]);
    expect(ended.artifacts_omitted).toEqual([{ path: 'out/link', reason: 'not_a_regular_file' }]);
    expect(ended.artifacts_omitted_count).toBe(1);
    const { body } = await alice.call<ArtifactList>('GET', base);
    const { artifacts, artifacts_omitted, artifacts_omitted_count, execution_id } = ended;
    const list = { execution_id, artifacts, artifacts_omitted, artifacts_omitted_count };
    expect(body).toEqual({ ...list, tar_url: `${base}.tar` });
    expect((await alice.get(ended.execution_id)).artifacts).toEqual(artifacts);
    const { body: page } = await alice.call<{ executions: object[] }>('GET', '/executions');
    expect(page.executions[0]).not.toHaveProperty('artifacts');
  });

  test('come back byte for byte at the address that the list tells', async () => {
    for (const { url, sha256: hash, size } of ended.artifacts) {
      const bytes = await bytesOf(url);
      expect([bytes.length, sha256(bytes)]).toEqual([size, hash]);
    }
  });

  test('are downloads that a browser neither shows nor runs', async () => {
    const page = ended.artifacts.find(({ path }) => path.endsWith('.html'));
    const answer = await get(page?.url ?? '');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="page.html"/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    const odd = ended.artifacts.find(({ path }) => path.includes('\n'));
    const disposition = (await get(odd?.url ?? '')).headers.get('content-disposition') ?? '';
    expect(decodeURIComponent(/filename\*=UTF-8''(.*)$/.exec(disposition)?.[1] ?? '')).toBe('new\nline "ä%2F..?#.png');
    const head = await get(page?.url ?? '', 'key-a', 'HEAD');
    expect([head.headers.get('content-length'), await head.text()]).toEqual([String(page?.size), '']);
  });

  test('come as one archive', async () => {
    const answer = await get(`/executions/${ended.execution_id}/artifacts.tar`);
    expect(answer.headers.get('content-type')).toBe('application/x-tar');
    const files = await unpackTar(new Uint8Array(await answer.arrayBuffer()));
    const found = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)]));
    const names = ['large.bin', 'out/a.txt', 'out/deep/page.html', 'out/new_line "ä%2F..?#.png'];
    expect(found).toEqual(Object.fromEntries(names.map((name, n) => [name, ended.artifacts[n]?.sha256])));
  });

  test('are nobody else’s, and nothing else can be had by their address', async () => {
    const base = `/executions/${ended.execution_id}/artifacts`;
    for (const path of [base, `${base}.tar`, `${base}/out/a.txt`]) expect((await get(path, 'key-b')).status).toBe(404);
    const wrong = [
      'secret.txt', 'out/link', 'out', 'out/', 'out//a.txt', 'out/a.txt/', '..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd', 'out%00', 'x'.repeat(2000),
    ]; // prettier-ignore
    for (const path of wrong) {
      const { status, body } = await alice.call('GET', `${base}/${path}`);
      expect([path, status, body['code']]).toEqual([path, 404, 'not_found']);
    }
    expect((await alice.call('GET', `/executions/exec_${'0'.repeat(26)}/artifacts`)).status).toBe(404);
    expect((await alice.call('POST', base)).status).toBe(405);
    expect((await bob.call('GET', '/executions/none/artifacts')).status).toBe(404);
  });

  test('come of programs that fail or run out of time, too', async () => {
    const code = 'open("left.txt", "w").write("left")\n';
    const failed = await alice.execute({
      language: 'python',
      code: `${code}raise SystemExit(3)`,
      artifacts: ['*.txt'],
    });
    const late = await alice.execute({
      language: 'python',
      code: `${code}import time; time.sleep(60)`,
      artifacts: ['*.txt'],
      resource_limits: { timeout_seconds: 1 },
    });
    const broken = await alice.execute({ language: 'csharp', code: 'no C#', artifacts: ['**'] });
    expect([failed, late, broken].map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'exit_code'],
      ['timeout', 'wall_time_limit'],
      ['failed', 'compile_error'],
    ]);
    for (const { artifacts } of [failed, late]) expect(artifacts.map(({ path }) => path)).toEqual(['left.txt']);
    expect(await bytesOf(late.artifacts[0]?.url ?? '')).toEqual(Buffer.from('left'));
    const plain = await alice.execute({ language: 'python', code });
    expect([plain.artifacts, plain.artifacts_omitted_count]).toEqual([[], 0]);
    const none = await get(`/executions/${plain.execution_id}/artifacts.tar`);
    expect(none.status).toBe(404);
  });

  test('keep to the caps of the operator, in a directory of the client', async () => {
    const code = [
      'for n in range(150): open(f"{n:03}", "w").write("x")',
      'open("a-giant", "wb").truncate(5 << 20)',
      'for name in ("a-one", "a-two"): open(name, "wb").write(bytes(3500000))',
    ].join('\n');
    const result = await alice.execute({
      language: 'python',
      code,
      working_directory: '/tmp/mine',
      artifacts: ['a-*', '[0-9]*'],
    });
    expect(result.artifacts).toHaveLength(20);
    expect(result.artifacts_omitted).toHaveLength(100);
    expect(result.artifacts_omitted_count).toBe(150 + 3 - 20);
    const tight = await alice.execute({ language: 'python', code, artifacts: ['a-*'] });
    expect(tight.artifacts.map(({ path }) => path)).toEqual(['a-one']);
    expect(tight.artifacts_omitted).toEqual([
      { path: 'a-giant', reason: 'file_too_large' },
      { path: 'a-two', reason: 'total_too_large' },
    ]);
  });

  test('are listed in the last event of a stream', async () => {
    const id = await alice.submit({ language: 'bash', code: 'echo x > a.txt', artifacts: ['a.txt'] });
    const events = [];
    for await (const event of alice.stream(id)) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: 'result', data: { artifacts: [{ path: 'a.txt', size: 2 }] } });
  });

  test.each([
    ['one that climbs', ['../x'], 'artifacts[0]'],
    ['an absolute one', ['*', '/etc/passwd'], 'artifacts[1]'],
    ['one with NUL', ['a\u0000'], 'artifacts[0]'],
    ['one with an open [', ['[a'], 'artifacts[0]'],
    ['one that is too long', ['a'.repeat(1023)], 'artifacts[0]'],
    ['a number', [7], 'artifacts[0]'],
    ['sixty-five', Array.from({ length: 65 }, () => '*'), 'artifacts'],
    ['no list', '*', 'artifacts'],
  ])('refuses patterns: %s', async (_name, artifacts, path) => {
    for (const route of ['/execute', '/execute/stream']) {
      const { status, body } = await alice.call('POST', route, { language: 'python', code: '', artifacts });
      expect([status, body['code']]).toEqual([422, 'invalid_request']);
      expect(body['errors']).toEqual([expect.objectContaining({ path })]);
    }
  });
});

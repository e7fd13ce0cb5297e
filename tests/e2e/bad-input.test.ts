import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '@gantry/contracts';
import { Api } from '../support/api.js';
import { testOwnProcesses } from '../support/external-stack.js';
import { startStack, type Stack } from '../support/stack.js';

const hello = { language: 'bash', code: ':' };
const limits = (resource_limits: unknown): object => ({ ...hello, resource_limits });

describe('bad input', () => {
  let stack: Stack;
  let api: Api;
  let before: unknown;
  beforeAll(async () => {
    stack = await startStack({ env: { MAX_BODY_BYTES: '2000000', MAX_MEMORY_MB: '1024' } });
    api = new Api(stack.url);
    before = (await api.call('GET', '/executions')).body;
  });
  afterAll(async () => {
    expect((await api.call('GET', '/executions')).body).toEqual(before);
    await stack.close();
  });

  test.each<[string, unknown, number, string, string | null]>([
    ['an empty body', '', 422, 'invalid_request', ''],
    ['an empty object', {}, 422, 'invalid_request', 'code'],
    ['malformed JSON', '{"language":', 400, 'malformed_json', null],
    ['JSON that is no object', '[1]', 422, 'invalid_request', ''],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400, 'malformed_json', null],
    ['nesting over 64', `{"language":"bash","code":${'['.repeat(65)}${']'.repeat(65)}}`, 400, 'nesting_too_deep', null],
    ['nesting of a million', '['.repeat(1_000_000), 400, 'nesting_too_deep', null],
    ['no language', { code: '' }, 422, 'invalid_request', 'language'],
    ['a language that is no string', { ...hello, language: 5 }, 422, 'invalid_request', 'language'],
    ['an unknown language', { ...hello, language: 'klingon' }, 422, 'unknown_language', 'language'],
    ['a language named like a property', { ...hello, language: '__proto__' }, 422, 'unknown_language', 'language'],
    ['an unknown field', { ...hello, sudo: true }, 422, 'invalid_request', 'sudo'],
    ['an unknown limit', limits({ gpu: 1 }), 422, 'invalid_request', 'resource_limits.gpu'],
    ['memory 0', limits({ memory_mb: 0 }), 422, 'invalid_request', 'resource_limits.memory_mb'],
    ['negative memory', limits({ memory_mb: -1 }), 422, 'invalid_request', 'resource_limits.memory_mb'],
    ['memory 1e12', limits({ memory_mb: 1e12 }), 422, 'invalid_request', 'resource_limits.memory_mb'],
    ['memory as a string', limits({ memory_mb: '64' }), 422, 'invalid_request', 'resource_limits.memory_mb'],
    ['memory with a fraction', limits({ memory_mb: 64.5 }), 422, 'invalid_request', 'resource_limits.memory_mb'],
    ['memory above the ceiling', limits({ memory_mb: 2048 }), 422, 'limit_above_ceiling', 'resource_limits.memory_mb'],
    [
      'an infinite timeout',
      '{"language":"bash","code":"","resource_limits":{"timeout_seconds":1e999}}',
      422,
      'invalid_request',
      'resource_limits.timeout_seconds',
    ],
    ['a NaN', '{"language":"bash","code":"","resource_limits":{"timeout_seconds":NaN}}', 400, 'malformed_json', null],
    ['NUL in an argument', { ...hello, args: ['a\u0000b'] }, 422, 'invalid_request', 'args[0]'],
    ['too many arguments', { ...hello, args: Array(300).fill('x') }, 422, 'invalid_request', 'args'],
    [
      'more arguments than one exec takes',
      { ...hello, args: Array(10).fill('x'.repeat(90_000)) },
      422,
      'invalid_request',
      'args',
    ],
    [
      'an environment name that is none',
      { ...hello, environment_variables: { 'A-B': '1' } },
      422,
      'invalid_request',
      'environment_variables.A-B',
    ],
    [
      'an environment name with =',
      { ...hello, environment_variables: { 'A=B': '1' } },
      422,
      'invalid_request',
      'environment_variables.A=B',
    ],
    [
      'a loader variable',
      { ...hello, environment_variables: { LD_PRELOAD: 'x' } },
      422,
      'invalid_request',
      'environment_variables.LD_PRELOAD',
    ],
    [
      'NUL in an environment value',
      { ...hello, environment_variables: { A: '\u0000' } },
      422,
      'invalid_request',
      'environment_variables.A',
    ],
    ['a relative directory', { ...hello, working_directory: 'x' }, 422, 'invalid_request', 'working_directory'],
    [
      'an escaping directory',
      { ...hello, working_directory: '/workspace/../etc' },
      422,
      'invalid_request',
      'working_directory',
    ],
    [
      'a directory that is not writable',
      { ...hello, working_directory: '/etc' },
      422,
      'invalid_request',
      'working_directory',
    ],
    [
      'a directory with a line break',
      { ...hello, working_directory: '/workspace/a\nb' },
      422,
      'invalid_request',
      'working_directory',
    ],
    ['an unknown image', { ...hello, image_id: 'alpine' }, 422, 'unknown_image', 'image_id'],
    ['a wait that is too long', { ...hello, wait_seconds: 1e9 }, 422, 'invalid_request', 'wait_seconds'],
    ['too much code', { ...hello, code: 'x'.repeat(1024 * 1024 + 1) }, 413, 'code_too_large', 'code'],
    ['a body over the cap', { ...hello, code: 'x'.repeat(3_000_000) }, 413, 'body_too_large', null],
  ])('%s is refused', async (_name, body, status, code, path) => {
    const answer = await api.call<Problem>('POST', '/execute', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, title: expect.any(String), suggestion: expect.stringMatching(/./) });
    expect(answer.body.instance).toBe(answer.headers.get('x-request-id'));
    if (path !== null) expect(answer.body.errors.map((fault) => fault.path)).toContain(path);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\bat .*\.js/);
  });

  testOwnProcesses('the network where it is not allowed is refused', async () => {
    const answer = await api.call<Problem>('POST', '/execute', limits({ network_enabled: true }));
    expect([answer.status, answer.body.code]).toEqual([422, 'limit_above_ceiling']);
    expect(answer.body.errors?.map((error) => error.path)).toEqual(['resource_limits.network_enabled']);
  });

  test('the known languages are listed to who names an unknown one', async () => {
    const { body } = await api.call<Problem>('POST', '/execute', { ...hello, language: 'klingon' });
    expect(body.errors[0]?.message).toMatch(/bash.*csharp.*node.*python/);
  });

  test('the ceiling is told to who asks for more', async () => {
    const { body } = await api.call<Problem>('POST', '/execute', limits({ memory_mb: 2048 }));
    expect(body.detail).toContain('1024');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '%s is not taken',
    async (type) => {
      const answer = await api.call('POST', '/execute', JSON.stringify(hello), { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    },
  );

  test('an unknown route is 404, a wrong method 405 with what is allowed', async () => {
    expect(await api.call('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'unknown_route' } });
    expect(await api.call('GET', '/%E0%A4%A')).toMatchObject({ status: 404 });
    const put = await api.call('PUT', '/executions/exec_00000000000000000000000000', {});
    expect(put).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(put.headers.get('allow')).toBe('GET, HEAD, DELETE');
    expect(await api.call('DELETE', '/execute')).toMatchObject({ status: 405 });
  });

  test.each(['exec_00000000000000000000000000', 'nonsense', '..%2f..%2fetc', 'a'.repeat(5000)])(
    'execution %.20s is 404',
    async (id) => {
      expect(await api.call('GET', `/executions/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(await api.call('POST', `/executions/${id}/cancel`)).toMatchObject({ status: 404 });
      expect(await api.call('GET', `/executions/${id}/progress`)).toMatchObject({ status: 404 });
    },
  );

  test.each(['limit=0', 'limit=1e9', 'limit=x', 'cursor=x', 'status=odd', 'unknown=1'])(
    'a list with ?%s is refused',
    async (query) => {
      expect(await api.call('GET', `/executions?${query}`)).toMatchObject({
        status: 422,
        body: { code: 'invalid_request' },
      });
    },
  );

  test.each(['', 'a'.repeat(256), 'ümlaut'])('the idempotency key "%.20s" is refused', async (key) => {
    const answer = await api.call('POST', '/execute', hello, {
      'idempotency-key': Buffer.from(key).toString('latin1'),
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency_key_invalid' } });
  });

  test('a body over the cap is not read to its end', async () => {
    const { port } = new URL(stack.url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(
      `POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n{"code":"`,
    );
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
  });

  test('a foreign Host or Origin is refused', async () => {
    const foreign = await api.call('POST', '/execute', hello, { origin: 'https://evil.example' });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden_origin' } });
    const { port } = new URL(stack.url);
    const socket = connect(Number(port), '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
    socket.end('GET /runtimes HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 403 /);
  });
});

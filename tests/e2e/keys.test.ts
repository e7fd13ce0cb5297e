import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyCreated, KeyList, Problem, TenantUsageView } from '@gantry/contracts';
import { newApiKey } from '@gantry/core';
import { Api, type Answer } from '../support/api.js';
import { CliProcess } from '../support/cli-process.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { ROOT, ServiceProcess } from '../support/process.js';
import { redisUrl } from '../support/requirements.js';
import { startStack, type Stack } from '../support/stack.js';

const OPS = 'key-of-the-operator';
const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
const spin = { language: 'python', code: 'import time\nwhile time.process_time() < 0.4: pass' };

/** The stack, and a second gateway of it whose clock is minutes late and whose connection to Redis can fail. */
let stack: Stack;
let redis: FaultyProxy;
let second: ServiceProcess;
let secondUrl: string;
let admin: Api;

beforeAll(async () => {
  const env = { ADMIN_KEYS: `ops:${digest(OPS)}`, ALLOW_ANONYMOUS: 'true', WORKER_CONCURRENCY: '2' };
  [stack, redis] = await Promise.all([startStack({ env }), FaultyProxy.beforeRedis(redisUrl())]);
  const clock = pathToFileURL(join(ROOT, 'tests/support/shifted-clock.mjs')).href;
  const shifted = { NODE_OPTIONS: `--import=${clock}`, CLOCK_SHIFT_MS: '-420000' };
  const own = { REDIS_URL: redis.address, PORT: '0', ...shifted };
  second = new ServiceProcess('apps/gateway/dist/main.js', { ...stack.env, ...own });
  secondUrl = String((await second.logged('gateway started'))['url']);
  admin = new Api(stack.adminUrl, OPS);
}, 60_000);
afterAll(async () => {
  await second?.stop();
  await stack?.close();
  await redis?.close();
});

async function created(name: string, more: object = {}): Promise<KeyCreated> {
  const answer = await admin.call<KeyCreated>('POST', '/admin/keys', { name, ...more });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}
const usageOf = async (api: Api): Promise<TenantUsageView> => (await api.call<TenantUsageView>('GET', '/usage')).body;

/** The status line of what the gateway answers to these very bytes. */
function raw(url: string, ...lines: string[]): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
    socket.write(
      [`GET /usage HTTP/1.1`, `Host: localhost`, 'Connection: close', ...lines, '', ''].join('\r\n'),
      'latin1',
    );
  });
}

describe('keys', () => {
  test('the first stored one shuts out everybody without, at every gateway', async () => {
    const nobody = [new Api(stack.url), new Api(secondUrl)];
    for (const api of nobody) expect((await api.call('GET', '/executions')).status).toBe(200);
    const alice = await created('first', { tenant: 'acme' });
    for (const [i, api] of nobody.entries()) {
      await eventually(async () => expect((await api.call('GET', '/executions')).status).toBe(401), 5000);
      const known = new Api(i === 0 ? stack.url : secondUrl, alice.key);
      expect((await usageOf(known)).tenant).toBe('acme');
    }
    const { body } = await admin.call<KeyList>('GET', '/admin/keys');
    expect(JSON.stringify(body)).not.toContain(alice.key);
    expect(body.keys).toMatchObject([{ name: 'first', tenant: 'acme', role: 'user', state: 'active' }]);
    expect(stack.gateway.all()).not.toContain(alice.key);
  });

  test('of a user do not administer; of an administrator do, and use the API as their tenant; on its port nothing administers', async () => {
    const [user, boss] = [await created('user'), await created('boss', { role: 'admin' })];
    const paths = ['/admin/keys', '/admin/usage', '/admin/workers', '/admin/queues', '/admin/nothing'];
    for (const path of paths) {
      expect(await new Api(stack.adminUrl, user.key).call('GET', path)).toMatchObject({ status: 403 });
      expect(await new Api(stack.adminUrl).call('GET', path)).toMatchObject({ status: 401 });
      expect(await new Api(stack.adminUrl, newApiKey()).call('GET', path)).toMatchObject({ status: 401 });
      for (const key of [user.key, boss.key, OPS])
        expect(await new Api(stack.url, key).call('GET', path)).toMatchObject({
          status: 404,
          body: { code: 'unknown_route' },
        });
    }
    for (const path of paths.slice(0, 4))
      expect((await new Api(stack.adminUrl, boss.key).call('GET', path)).status).toBe(200);
    expect(await usageOf(new Api(stack.url, boss.key))).toMatchObject({ tenant: 'boss' });
    expect(await usageOf(new Api(stack.url, OPS))).toMatchObject({ tenant: 'ops' });
    for (const path of ['/metrics', '/healthz', '/readyz'])
      expect((await new Api(stack.adminUrl).call('GET', path)).status).toBe(200);
  });

  test.each([
    [{ name: 'a\nb' }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'two words' }, 'tenant'],
    [{ name: 'ok', tenant: '../x' }, 'tenant'],
    [{ name: 'ok', role: 'root' }, 'role'],
    [{ name: 'ok', expires_in_seconds: 0 }, 'expires_in_seconds'],
    [{ name: 'ok', limits: { requests_per_second: 0 } }, 'limits.requests_per_second'],
    [{ name: 'ok', limits: { max_runing: 1 } }, 'limits.max_runing'],
    [{ name: 'ok', key: 'mine' }, 'key'],
  ])('are not made from %j', async (body, path) => {
    const answer = await admin.call<Problem>('POST', '/admin/keys', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  test('in a header that is repeated, folded, huge, not text or of another kind are refused', async () => {
    const { key } = await created('header');
    const good = `Authorization: Bearer ${key}`;
    expect(await raw(stack.url, good)).toBe('HTTP/1.1 200 OK');
    expect(await raw(stack.url, `authorization: bearer    ${key}  `)).toBe('HTTP/1.1 200 OK');
    for (const lines of [
      [good, good],
      [`Authorization: Bearer ${newApiKey()}`, good],
      [`${good},Bearer x`],
      [`Authorization: Basic ${Buffer.from(`:${key}`).toString('base64')}`],
      [`Authorization: Bearer`],
      [`Authorization: ${key}`],
      [`Authorization: Bearer ${'\u00e9'.repeat(49)}`],
      [`Authorization: Bearer ${'k'.repeat(12_000)}`],
      [`Authorization: Bearer ${key.slice(0, -1)}`],
      [`Authorization: Bearer ${key} ${key}`],
    ])
      expect([lines, await raw(stack.url, ...lines)]).toEqual([lines, 'HTTP/1.1 401 Unauthorized']);
    expect(await raw(stack.url, `Authorization: Bearer`, ` ${key}`)).toMatch(/^HTTP\/1.1 40[01] /);
    expect(await raw(stack.url, `Authorization: Bearer ${'k'.repeat(40_000)}`)).toMatch(/^HTTP\/1.1 431 /);
  });

  test('end at their time', async () => {
    const { key, expires_at } = await created('brief', { expires_in_seconds: 2 });
    for (const url of [stack.url, secondUrl]) expect((await new Api(url, key).call('GET', '/usage')).status).toBe(200);
    for (const url of [stack.url, secondUrl])
      await eventually(async () => expect((await new Api(url, key).call('GET', '/usage')).status).toBe(401), 5000);
    expect(Date.now()).toBeGreaterThan(Date.parse(expires_at ?? '') - 1000);
    const { body } = await admin.call<KeyList>('GET', '/admin/keys');
    expect(body.keys.find(({ name }) => name === 'brief')).toMatchObject({ state: 'expired' });
  });

  test('that are revoked under load are refused everywhere within seconds, and stay so', async () => {
    const { key, key_id } = await created('leaked');
    const apis = [new Api(stack.url, key), new Api(secondUrl, key)];
    let revokedAt = Infinity;
    let lastServed = 0;
    const until = Date.now() + 3000;
    const load = async (api: Api): Promise<void> => {
      while (Date.now() < until) {
        const startedAt = Date.now();
        const { status } = await api.call('GET', '/usage');
        expect([200, 401]).toContain(status);
        if (status === 200) lastServed = Math.max(lastServed, startedAt);
      }
    };
    const loads = [...apis, ...apis].map(load);
    await eventually(() => expect(lastServed).toBeGreaterThan(0));
    await admin.call('DELETE', `/admin/keys/${key_id}`);
    revokedAt = Date.now();
    await Promise.all(loads);
    expect(lastServed - revokedAt).toBeLessThan(2000);
    for (const api of apis) expect((await api.call('GET', '/usage')).status).toBe(401);
  });

  test('while Redis is away: what is known holds for seconds, the rest is told to come back; nobody is let in or turned away for it', async () => {
    const [known, unknown] = [await created('known'), newApiKey()];
    const api = new Api(secondUrl, known.key);
    const statusOf = async (key?: string): Promise<number> =>
      (await new Api(secondUrl, key).call('GET', '/nowhere')).status;
    // A fresh look: it is believed for four seconds from now on.
    await eventually(async () => expect((await api.call('GET', '/nowhere')).status).toBe(404));
    redis.cut();
    try {
      await eventually(async () => expect((await new Api(secondUrl).call('GET', '/readyz')).status).toBe(503));
      expect(await statusOf(unknown)).toBe(503);
      expect(await statusOf(`${unknown.slice(0, -1)}-`)).toBe(401);
      expect(await statusOf()).toBe(401);
      expect(await statusOf(OPS)).toBe(404);
      await eventually(async () => expect(await statusOf(known.key)).toBe(503), 6000);
    } finally {
      redis.restore();
    }
    await eventually(async () => expect(await statusOf(known.key)).toBe(404), 10_000);
    expect(await statusOf(unknown)).toBe(401);
  });
});

describe('limits of a key', () => {
  const quotaOf = ({ body }: Answer): unknown => (body as unknown as Problem).quota;

  test('requests a second hold over all gateways and connections together', async () => {
    const { key } = await created('fast', { limits: { requests_per_second: 20, request_burst: 10 } });
    const apis = [new Api(stack.url, key), new Api(secondUrl, key)];
    const startedAt = Date.now();
    const answers: Answer[] = [];
    const hammer = async (api: Api): Promise<void> => {
      while (Date.now() - startedAt < 1500) answers.push(await api.call('GET', '/usage'));
    };
    await Promise.all(Array.from({ length: 24 }, (_, i) => hammer(apis[i % 2] as Api)));
    const seconds = (Date.now() - startedAt) / 1000;
    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect(served.length + refused.length).toBe(answers.length);
    expect(served.length).toBeLessThanOrEqual(10 + Math.ceil(20 * seconds));
    expect(served.length).toBeGreaterThan(20);
    expect(refused.length).toBeGreaterThan(served.length);
    const { headers, body } = refused[0] as Answer;
    expect(body).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      quota: { limit: 'requests_per_second', allowed: 20 },
    });
    expect(Number(headers.get('retry-after'))).toBe(1);
    expect(headers.get('ratelimit-policy')).toBe('"requests";q=10;w=1');
    expect(headers.get('ratelimit')).toBe('"requests";r=0;t=1');
    expect(headers.get('ratelimit-limit')).toBe('10');
    expect(headers.get('ratelimit-remaining')).toBe('0');
    expect(headers.get('ratelimit-reset')).toBe('1');
    expect(Number(served[0]?.headers.get('ratelimit-remaining'))).toBeLessThan(10);
    // Others are not concerned, and the limit can be lifted.
    expect((await new Api(stack.url, OPS).call('GET', '/usage')).headers.get('ratelimit')).toBeNull();
    await admin.call('PATCH', '/admin/keys/fast', { limits: { requests_per_second: null } });
    for (let i = 0; i < 30; i++)
      await eventually(async () => expect((await usageOf(apis[0] as Api)).tenant).toBe('fast'));
  });

  test('processor time of a day: what ended is counted, and past it nothing is taken until midnight', async () => {
    const { key } = await created('busy', { limits: { cpu_seconds_per_day: 0.3 } });
    const api = new Api(stack.url, key);
    const view = await api.execute(spin);
    expect(view.status).toBe('completed');
    const answer = await new Api(secondUrl, key).call('POST', '/execute', spin);
    expect(answer).toMatchObject({ status: 429, body: { code: 'cpu_quota_exceeded' } });
    const usage = await usageOf(api);
    expect(usage).toMatchObject({
      today: { executions: { total: 1, completed: 1 } },
      limits: { cpu_seconds_per_day: 0.3 },
    });
    expect(usage.today.cpu_seconds).toBeCloseTo(view.usage?.cpu_seconds ?? 0, 2);
    expect(quotaOf(answer)).toEqual({
      limit: 'cpu_seconds_per_day',
      allowed: 0.3,
      current: usage.today.cpu_seconds,
      resets_at: usage.resets_at,
    });
    const waitMs = Number(answer.headers.get('retry-after')) * 1000;
    expect(Math.abs(Date.now() + waitMs - Date.parse(usage.resets_at))).toBeLessThan(10_000);
    const mine = await admin.call<TenantUsageView>('GET', '/admin/usage?tenant=busy');
    expect(mine.body.today).toEqual(usage.today);
    await admin.call('PATCH', '/admin/keys/busy', { reset: ['cpu_seconds_per_day'] });
    await eventually(async () => expect((await api.call('POST', '/execute', spin)).status).toBe(200));
  });

  test('room: files, files of requests and artifacts count together', async () => {
    const { key } = await created('hoarder', { limits: { storage_bytes: 1000 } });
    const api = new Api(stack.url, key);
    const file = { filename: 'a.txt', content: 'x'.repeat(600) };
    const uploaded = await api.call<{ file_id: string }>('POST', '/files/upload', file);
    expect(uploaded.status).toBe(200);
    const over = await api.call('POST', '/files/upload', file);
    expect(over).toMatchObject({ status: 429, body: { code: 'storage_quota_exceeded' } });
    expect(quotaOf(over)).toEqual({ limit: 'storage_bytes', allowed: 1000, current: 600, resets_at: null });
    const along = { language: 'bash', code: 'cat in', files: [{ path: 'in', content: 'y'.repeat(500) }] };
    expect(await api.call('POST', '/execute', along)).toMatchObject({
      status: 429,
      body: { code: 'storage_quota_exceeded' },
    });
    const leaving = {
      language: 'bash',
      code: 'head -c 350 /dev/zero >a; head -c 300 /dev/zero >b',
      artifacts: ['a', 'b'],
    };
    const some = await api.execute(leaving);
    expect(some).toMatchObject({ status: 'completed', artifacts_omitted: [{ path: 'b', reason: 'storage_quota' }] });
    expect(some.artifacts.map(({ path }) => path)).toEqual(['a']);
    expect((await usageOf(api)).stored).toEqual({ bytes: 950, file_bytes: 600, kept_bytes: 350 });
    await api.call('DELETE', `/files/${uploaded.body.file_id}`);
    // What came with a request makes room again when it has ended.
    expect((await api.execute(along)).stdout).toHaveLength(500);
    expect((await api.execute(along)).stdout).toHaveLength(500);
    expect((await usageOf(api)).stored).toMatchObject({ bytes: 350 });
    expect((await api.execute({ ...leaving, code: leaving.code.replace('350', '1') })).artifacts).toHaveLength(2);
  });

  test('running and waiting executions, told in the usage', async () => {
    const { key } = await created('many', { limits: { max_running: 1, max_queued: 2 } });
    const api = new Api(stack.url, key);
    const sleep = { language: 'bash', code: 'sleep 30' };
    const ids = [await api.submit(sleep), await api.submit(sleep)];
    const statuses = async (): Promise<string[]> => Promise.all(ids.map(async (id) => (await api.get(id)).status));
    await eventually(async () => expect((await statuses()).sort()).toEqual(['pending', 'running']));
    ids.push(await api.submit(sleep));
    const over = await api.call('POST', '/execute/stream', sleep);
    expect(over).toMatchObject({ status: 429, body: { code: 'tenant_queue_full' } });
    expect(quotaOf(over)).toEqual({ limit: 'max_queued', allowed: 2, current: 2, resets_at: null });
    expect(await usageOf(api)).toMatchObject({
      now: { running: 1, queued: 2 },
      limits: { max_running: 1, max_queued: 2 },
    });
    // The second slot of the worker is free for others.
    expect((await new Api(stack.url, OPS).execute({ language: 'bash', code: 'echo free' })).stdout).toBe('free\n');
    for (const id of ids) await api.call('DELETE', `/executions/${id}`);
    await eventually(async () => expect((await usageOf(api)).today.executions.cancelled).toBe(3));
  });
});

describe('for operators', () => {
  test('the page of the queues shows them to administrators, asks a browser for the key, and changes nothing', async () => {
    const page = await new Api(stack.adminUrl).call<string>('GET', '/admin/queues/');
    expect(page.status).toBe(401);
    expect(page.headers.get('www-authenticate')).toMatch(/^Basic /);
    const basic = (key: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}`,
    });
    const browser = new Api(stack.adminUrl);
    const shown = await browser.call<string>('GET', '/admin/queues/', undefined, basic(OPS));
    expect(shown).toMatchObject({ status: 200, body: expect.stringContaining('Gantry queues') });
    const policy = shown.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('https:');
    const [, script = ''] = /src="(static\/js\/main[^"]+)"/.exec(shown.body) ?? [];
    expect((await browser.call('GET', `/admin/queues/${script}`, undefined, basic(OPS))).status).toBe(200);
    const { key } = await created('visitor', { limits: { max_running: 1 } });
    expect((await browser.call('GET', '/admin/queues/', undefined, basic(key))).status).toBe(403);
    expect((await browser.call('GET', '/admin/queues/', undefined, basic('x\ny'))).status).toBe(401);
    const queues = await admin.call<{ queues: { name: string; readOnlyMode: boolean }[] }>(
      'GET',
      '/admin/queues/api/queues',
    );
    const names = queues.body.queues.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['execution', 'image']));
    expect(queues.body.queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'])
      expect((await admin.call(method, '/admin/queues/api/queues/execution/pause', {})).status).toBe(405);
    // A page of another site has no way in, and the key is not taken by Basic where something can be changed.
    expect((await browser.call('GET', '/admin/keys', undefined, basic(OPS))).status).toBe(401);
    const foreign = { ...basic(OPS), origin: 'https://evil.example' };
    expect((await browser.call('GET', '/admin/queues/', undefined, foreign)).status).toBe(403);
  });

  test('what the queue holds of an execution is an id, never what its sender wrote', async () => {
    const { key } = await created('script');
    const api = new Api(stack.url, key);
    const sleep = { language: 'bash', code: 'sleep 30 # <script>alert(1)</script>' };
    const ids = await Promise.all(Array.from({ length: 4 }, () => api.submit(sleep)));
    const { body } = await admin.call('GET', '/admin/queues/api/queues?activeQueue=execution&jobsPerPage=20');
    expect(JSON.stringify(body)).not.toContain('alert');
    for (const id of ids) await api.call('DELETE', `/executions/${id}`);
  });

  test('the command line makes, shows, limits and revokes keys, and tells the usage', async () => {
    const cli = (...argv: string[]): ReturnType<CliProcess['ended']> =>
      new CliProcess(stack.url, ['--admin-url', stack.adminUrl, '--api-key', OPS, ...argv]).ended();
    const made = await cli(
      'keys',
      'create',
      'ci',
      '--tenant',
      'team',
      '--rps',
      '50',
      '--cpu-per-day',
      '2h',
      '--expires',
      '30d',
    );
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^gk_[0-9A-Za-z]{49}\n$/) });
    const key = made.out.trim();
    const usage = await new CliProcess(stack.url, ['--api-key', key, 'usage']).ended();
    expect(usage).toMatchObject({
      code: 0,
      out: expect.stringMatching(/team[\s\S]*of 120 min 0 s[\s\S]*50 requests a second/),
    });
    expect((await cli('keys', 'list')).out).toMatch(/ci +team +user +active/);
    const limited = JSON.parse(
      (await cli('--json', 'keys', 'limits', 'ci', '--rps', 'default', '--storage', '1g', '--max-running', 'none')).out,
    ) as unknown;
    expect(limited).toMatchObject({
      limits: { storage_bytes: 1024 ** 3, max_running: null, cpu_seconds_per_day: 7200 },
    });
    expect(await cli('keys', 'create', 'ci')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is a key called ci'),
    });
    expect(await cli('keys', 'revoke', 'ci')).toMatchObject({ code: 0, out: expect.stringContaining('is revoked') });
    expect((await new CliProcess(stack.url, ['--api-key', key, 'usage']).ended()).code).toBe(1);
    expect((await cli('keys')).out).not.toMatch(/\bci\b/);
    expect((await cli('keys', 'list', '--all')).out).toMatch(/ci +team +user +revoked/);
    expect((await cli('usage', '--all')).out).toMatch(/TENANT[\s\S]*busy/);
    const view = JSON.parse((await cli('--json', 'usage', '--tenant', 'busy')).out) as TenantUsageView;
    expect(view.today.executions.completed).toBeGreaterThan(0);
  });
});

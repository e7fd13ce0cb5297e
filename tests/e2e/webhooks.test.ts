import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { Api, type Answer } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { connectLegacy } from '../support/mcp-clients.js';
import { startStack, type Stack } from '../support/stack.js';
import { startReceiver, type Received, type WebhookReceiver } from '../support/webhook-receiver.js';

interface Deliveries {
  webhook_id: string;
  status: string;
  attempt_count: number;
  attempts: { http_status: number | null; error: string | null; next_attempt_at: string | null }[];
}

const SETTINGS = {
  WEBHOOK_SECRET_KEY: randomBytes(32).toString('base64'),
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  WEBHOOK_RETRY_SECONDS: '0.2,0.2,60',
  WEBHOOK_TIMEOUT_SECONDS: '1',
  MAX_WEBHOOKS_PER_TENANT: '20',
};

describe('webhooks', () => {
  let stack: Stack;
  let api: Api;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    [stack, receiver] = await Promise.all([startStack({ env: SETTINGS }), startReceiver()]);
    api = new Api(stack.url);
  });
  afterAll(async () => {
    await receiver[Symbol.asyncDispose]();
    await stack.close();
  });

  const received = (path: string): Promise<Received[]> =>
    eventually(() => {
      const found = receiver.received.filter((message) => message.path === path);
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
  const deliveries = async (id: string): Promise<Deliveries> =>
    (await api.call<Deliveries>('GET', `/executions/${id}/webhook-deliveries`)).body;
  const ended = (id: string, status: string): Promise<Deliveries> =>
    eventually(async () => {
      const log = await deliveries(id);
      expect(log.status).toBe(status);
      return log;
    }, 15_000);
  const hook = (path: string, more: object = {}): object => ({
    webhook: { url: `http://127.0.0.1:${receiver.port}${path}`, ...more },
  });
  const quick = { language: 'bash', code: 'exit 3' };
  const put = (name: string, body: object = {}): Promise<Answer<{ secret: string | null }>> =>
    api.call('PUT', `/webhook-secrets/${name}`, body);

  test('tells the end, signed as Standard Webhooks has it', async () => {
    const { body: stored } = await put('mine');
    const order = {
      ...quick,
      ...hook('/signed', { secret_name: 'mine', headers: { Authorization: 'Bearer of-theirs' } }),
    };
    const view = await api.execute(order);
    const [message] = await received('/signed');
    const payload = new Webhook(stored.secret ?? '').verify(message?.body ?? '', message?.headers ?? {});
    expect(payload).toEqual({
      type: 'execution.ended',
      timestamp: view.finished_at,
      data: {
        execution_id: view.execution_id,
        language: 'bash',
        status: 'failed',
        reason: 'exit_code',
        exit_code: 3,
        signal: null,
        error_message: view.error_message,
        attempt: 1,
        created_at: view.created_at,
        started_at: view.started_at,
        finished_at: view.finished_at,
        url: `/executions/${view.execution_id}`,
      },
    });
    expect(message?.headers).toMatchObject({ authorization: 'Bearer of-theirs', 'content-type': 'application/json' });
    expect((await ended(view.execution_id, 'delivered')).attempts).toMatchObject([{ http_status: 204, error: null }]);
    expect((await api.get(view.execution_id)).webhook).toEqual({
      url_host: `127.0.0.1:${receiver.port}`,
      status: 'delivered',
    });
  });

  test('signs with the old secret and the new one while both count', async () => {
    const given = `whsec_${randomBytes(32).toString('base64')}`;
    expect((await put('turning', { secret: given })).body.secret).toBeNull();
    const fresh = (await put('turning', { previous_valid_seconds: 600 })).body.secret ?? '';
    await api.execute({ ...quick, ...hook('/rotated', { secret_name: 'turning' }) });
    const [{ body, headers } = { body: '', headers: {} }] = await received('/rotated');
    for (const secret of [given, fresh]) expect(new Webhook(secret).verify(body, headers)).toBeDefined();
    expect(() => new Webhook(`whsec_${randomBytes(32).toString('base64')}`).verify(body, headers)).toThrow();
    const { body: list } = await api.call('GET', '/webhook-secrets');
    expect(JSON.stringify(list)).not.toContain(fresh);
    expect(list).toMatchObject({
      secrets: [{ name: 'mine' }, { name: 'turning', previous_valid_until: expect.any(String) }],
    });
    expect((await api.call('DELETE', '/webhook-secrets/turning')).status).toBe(200);
    expect((await api.call('GET', '/webhook-secrets/turning')).status).toBe(404);
  });

  test('tries again after a 500 with the same id, gives up at once on a 400 and a redirect, and delivers again when asked to', async () => {
    const statuses: Record<string, number[]> = { '/flaky': [500, 503, 200], '/bad': [400], '/elsewhere': [302] };
    receiver.answer = ({ path }, response) => {
      const status = statuses[path]?.shift() ?? 204;
      response.writeHead(status, { location: `http://127.0.0.1:${receiver.port}/followed` }).end();
    };
    const [flaky, bad, elsewhere] = await Promise.all(
      Object.keys(statuses).map((path) => api.submit({ ...quick, ...hook(path) })),
    );
    const log = await ended(flaky ?? '', 'delivered');
    expect(log.attempts.map(({ http_status: status }) => status)).toEqual([500, 503, 200]);
    const sent = await received('/flaky');
    expect(new Set(sent.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
    expect((await ended(bad ?? '', 'failed')).attempts).toMatchObject([{ http_status: 400, error: 'http_status' }]);
    expect((await ended(elsewhere ?? '', 'failed')).attempts).toMatchObject([{ http_status: 302, error: 'redirect' }]);
    expect(receiver.received.some(({ path }) => path === '/followed')).toBe(false);
    const again = await api.call('POST', `/executions/${bad}/webhook-deliveries/redeliver`);
    expect(again.status).toBe(202);
    expect((await ended(bad ?? '', 'delivered')).attempt_count).toBe(2);
  });

  test('tells cancelled ones too, of images as well, and those asked for by a tool', async () => {
    const running = await api.submit({ language: 'bash', code: 'sleep 60', ...hook('/cancelled') });
    await eventually(async () => expect((await api.get(running)).status).toBe('running'));
    expect((await api.call('POST', `/executions/${running}/webhook-deliveries/redeliver`)).body['code']).toBe(
      'webhook_not_due',
    );
    await api.call('DELETE', `/executions/${running}`);
    const image = { languages: ['python'], packages: { pip: ['no-such-package-of-anybody'] }, wait_seconds: 0 };
    const { body: job } = await api.call('POST', '/images/create', { ...image, ...hook('/image') });
    await api.call('DELETE', `/jobs/${String(job['job_id'])}`);
    const tools = await connectLegacy(stack.url);
    await tools.call('execute_code', { ...quick, ...hook('/tool') });
    await tools.close();
    for (const [path, data] of [
      ['/cancelled', { execution_id: running, status: 'cancelled', reason: 'cancelled' }],
      ['/image', { job_id: job['job_id'], kind: 'create', status: 'cancelled' }],
      ['/tool', { language: 'bash', exit_code: 3 }],
    ] as const)
      expect((JSON.parse((await received(path))[0]?.body ?? '') as { data: object }).data).toMatchObject(data);
  });

  test.each([
    ['no address', { url: 'somewhere' }, 'webhook.url'],
    ['another scheme', { url: 'ftp://example.com/' }, 'webhook.url'],
    ['a user in it', { url: 'https://a:b@example.com/' }, 'webhook.url'],
    ['a private address', { url: 'https://10.0.0.1/' }, 'webhook.url'],
    ['a private address written as a number', { url: 'https://0xa9fea9fe/' }, 'webhook.url'],
    ['a mapped address', { url: 'https://[::ffff:169.254.169.254]/' }, 'webhook.url'],
    ['a port of the system', { url: 'https://example.com:22/' }, 'webhook.url'],
    ['an unknown secret', { url: 'https://example.com/', secret_name: 'nobody' }, 'webhook.secret_name'],
    ['a header of ours', { url: 'https://example.com/', headers: { Host: 'x' } }, 'webhook.headers.Host'],
    [
      'a signature made up',
      { url: 'https://example.com/', headers: { 'Webhook-Id': 'x' } },
      'webhook.headers.Webhook-Id',
    ],
    ['a line break in a header', { url: 'https://example.com/', headers: { a: 'x\r\ny: z' } }, 'webhook.headers.a'],
    ['an unknown field', { url: 'https://example.com/', secret: 'x' }, 'webhook.secret'],
  ])('refuses a webhook with %s', async (_what, webhook, path) => {
    for (const [route, order] of [
      ['/execute', quick],
      ['/images/create', { languages: ['python'] }],
    ] as const) {
      const { status, body } = await api.call('POST', route, { ...order, webhook });
      expect({ status, ...body }).toMatchObject({ status: 422, code: 'invalid_request', errors: [{ path }] });
    }
  });

  test('takes no more than may be told, says so, and goes on once they are', async () => {
    const order = { language: 'bash', code: 'sleep 60', wait_seconds: 0, ...hook('/many') };
    const many = await Promise.all(Array.from({ length: 25 }, () => api.call('POST', '/execute', order)));
    const refused = many.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.body).toMatchObject({
      code: 'too_many_webhooks',
      retryable: true,
      quota: { limit: 'webhooks', allowed: 20, current: 20, resets_at: null },
    });
    // Whoever wants nothing told is not concerned.
    await api.call('DELETE', `/executions/${await api.submit(quick)}`);
    const taken = many.filter(({ status }) => status === 202).map(({ body }) => String(body['execution_id']));
    for (const id of taken) await api.call('DELETE', `/executions/${id}`);
    await Promise.all(taken.map((id) => ended(id, 'delivered')));
    expect(await api.execute({ ...quick, ...hook('/again') })).toMatchObject({ exit_code: 3 });
  });

  test('loses nothing when the gateway is killed: neither while it delivers, nor before', async () => {
    const atGateway = stack.gateway;
    receiver.answer = ({ path }, response) => {
      if (path === '/midway' && stack.gateway === atGateway) return;
      response.writeHead(204).end();
    };
    const [midway, before] = await Promise.all([
      api.submit({ ...quick, ...hook('/midway') }),
      api.submit({ language: 'bash', code: 'sleep 1.5', ...hook('/before') }),
    ]);
    await received('/midway');
    await stack.gateway.stop('SIGKILL');
    await eventually(async () => expect(await recordStatus(stack, before ?? '')).toBe('completed'));
    expect(receiver.received.some(({ path }) => path === '/before')).toBe(false);
    await stack.restartGateway();
    await ended(before ?? '', 'delivered');
    await ended(midway ?? '', 'delivered');
    const ids = (await received('/midway')).map(({ headers }) => headers['webhook-id']);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids)).toEqual(new Set([`msg_${midway}`]));
  });
});

async function recordStatus({ env, deployment }: Stack, id: string): Promise<string | null> {
  const redis = new Redis(env['REDIS_URL'] ?? '');
  try {
    return await redis.hget(`{${deployment}}:x:${id}`, 'status');
  } finally {
    redis.disconnect();
  }
}

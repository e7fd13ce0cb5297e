import { describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { ScriptedGateway, breakOff, json, problem, viewOf } from './fakes/scripted-gateway.js';
import { GantryApiError, GantryClient, GantryConnectionError, GantryProtocolError, GantryUsageError } from './index.js';

const ORDER = { language: 'python', code: 'print(1)' };
const ACCEPTED = { execution_id: 'exec_1', status: 'pending' };

function clientOf(gateway: { url: string }, options: object = {}): GantryClient {
  return new GantryClient({ baseUrl: gateway.url, retryBaseMs: 2, ...options });
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

describe('submitting', () => {
  test('sends the order, the key and an idempotency key, and returns the id', async () => {
    await using gateway = await ScriptedGateway.start(json(202, ACCEPTED));
    const accepted = await clientOf(gateway, { apiKey: 'k-1' }).submit({ ...ORDER, input_data: 'ü' });
    expect(accepted).toEqual({ ...ACCEPTED, cached: false });
    const [request] = gateway.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/execute',
      headers: { authorization: 'Bearer k-1', 'content-type': 'application/json' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({ ...ORDER, input_data: 'ü', wait_seconds: 0 });
    expect(request?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{16,255}$/);
  });

  test('repeats with the same key and body after a broken connection and after 503', async () => {
    await using gateway = await ScriptedGateway.start(
      breakOff,
      problem(503, 'redis_unavailable', { 'retry-after': '0' }),
      json(202, ACCEPTED),
    );
    expect(await clientOf(gateway).submit(ORDER)).toMatchObject(ACCEPTED);
    expect(gateway.requests).toHaveLength(3);
    expect(new Set(gateway.requests.map((request) => request.headers['idempotency-key'])).size).toBe(1);
    expect(new Set(gateway.requests.map((request) => request.body)).size).toBe(1);
  });

  test('uses a new key for each call', async () => {
    await using gateway = await ScriptedGateway.start(json(202, ACCEPTED));
    const client = clientOf(gateway);
    await client.submit(ORDER);
    await client.submit(ORDER);
    expect(new Set(gateway.requests.map((request) => request.headers['idempotency-key'])).size).toBe(2);
  });

  test('waits as long as Retry-After asks', async () => {
    await using gateway = await ScriptedGateway.start(
      problem(429, 'tenant_queue_full', { 'retry-after': '1' }),
      json(202, ACCEPTED),
    );
    const startedAt = performance.now();
    await clientOf(gateway).submit(ORDER);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  test('gives up after a bounded number of repeats, with the last error', async () => {
    await using gateway = await ScriptedGateway.start(problem(503, 'queue_full', { 'retry-after': '0' }));
    const error = await failureOf(clientOf(gateway, { maxRetries: 2 }).submit(ORDER));
    expect(error).toBeInstanceOf(GantryApiError);
    expect(error).toMatchObject({ code: 'queue_full', status: 503, retryAfterSeconds: 0 });
    expect(gateway.requests).toHaveLength(3);
  });

  test('does not repeat what would fail again', async () => {
    const errors = [{ path: 'language', message: 'must be one of: python' }];
    await using gateway = await ScriptedGateway.start(problem(422, 'unknown_language', {}, { errors, added_field: 1 }));
    const error = await failureOf(clientOf(gateway).submit(ORDER));
    expect(error).toMatchObject({ code: 'unknown_language', requestId: 'req-1', errors, suggestion: 'Do better.' });
    expect((error as Error).message).toBe('It is unknown_language; language must be one of: python. Do better.');
    expect(gateway.requests).toHaveLength(1);
  });

  test('understands a key whose execution has already ended', async () => {
    await using gateway = await ScriptedGateway.start(json(200, viewOf()));
    expect(await clientOf(gateway).submit(ORDER, { idempotencyKey: 'mine' })).toEqual({
      execution_id: 'exec_1',
      status: 'completed',
      cached: false,
    });
    expect(gateway.requests[0]?.headers['idempotency-key']).toBe('mine');
  });
});

describe('executing and waiting', () => {
  test('returns the result when it comes in time', async () => {
    await using gateway = await ScriptedGateway.start(json(200, viewOf({ stdout: 'hi\n' })));
    expect(await clientOf(gateway).execute(ORDER)).toMatchObject({ status: 'completed', stdout: 'hi\n' });
  });

  test('goes on waiting by GET when it does not', async () => {
    const failed = viewOf({ status: 'failed', exit_code: 3 });
    await using gateway = await ScriptedGateway.start(json(202, ACCEPTED), breakOff, json(200, failed));
    expect(await clientOf(gateway).execute(ORDER)).toMatchObject({ status: 'failed', exit_code: 3 });
    expect(gateway.requests.map((request) => `${request.method} ${request.url}`)).toEqual([
      'POST /execute',
      'GET /executions/exec_1?wait_seconds=30',
      'GET /executions/exec_1?wait_seconds=30',
    ]);
  });

  test('asks again when a wait ends before the execution does', async () => {
    const running = viewOf({ status: 'running', reason: null });
    await using gateway = await ScriptedGateway.start(json(200, running), json(200, viewOf()));
    const startedAt = performance.now();
    expect((await clientOf(gateway).wait('exec_1')).status).toBe('completed');
    // The service answered at once, which must not make the client ask without a pause.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(gateway.requests).toHaveLength(2);
  });

  test('keeps fields and reasons that it does not know', async () => {
    const newer = {
      ...viewOf(),
      reason: 'gpu_limit',
      colour: 'blue',
      usage: { cpu_seconds: 1, peak_memory_bytes: 2, peak_processes: 3, gpu: 4 },
    };
    await using gateway = await ScriptedGateway.start(json(200, newer));
    expect(await clientOf(gateway).get('exec_1')).toEqual(newer);
  });

  test('refuses an answer that lacks a field or has an unknown status', async () => {
    const { exit_code: _, ...lacking } = viewOf();
    for (const body of [lacking, { ...viewOf(), status: 'sleeping' }, { ...viewOf(), reason: 5 }, null, []]) {
      await using gateway = await ScriptedGateway.start(json(200, body));
      expect(await failureOf(clientOf(gateway).get('exec_1'))).toBeInstanceOf(GantryProtocolError);
    }
  });
});

describe('other routes', () => {
  test('lists all pages lazily', async () => {
    const {
      stdout: _o,
      stderr: _e,
      stdout_encoding: _oe,
      stderr_encoding: _ee,
      usage: _u,
      limits: _l,
      artifacts: _a,
      artifacts_omitted: _ao,
      artifacts_omitted_count: _ac,
      ...summary
    } = viewOf();
    const page = (id: string, next_cursor: string | null) =>
      json(200, { executions: [{ ...summary, execution_id: id }], next_cursor });
    await using gateway = await ScriptedGateway.start(page('exec_3', 'a&b'), page('exec_2', 'c'), page('exec_1', null));
    const ids: string[] = [];
    for await (const execution of clientOf(gateway).list({ status: 'completed', pageSize: 1 })) {
      ids.push(execution.execution_id);
      expect(gateway.requests).toHaveLength(ids.length);
    }
    expect(ids).toEqual(['exec_3', 'exec_2', 'exec_1']);
    expect(gateway.requests[1]?.url).toBe('/executions?limit=1&status=completed&cursor=a%26b');
  });

  test('does not follow a list in circles', async () => {
    await using gateway = await ScriptedGateway.start(json(200, { executions: [], next_cursor: 'x' }));
    const all = async () => {
      for await (const _ of clientOf(gateway).list());
    };
    expect(await failureOf(all())).toBeInstanceOf(GantryProtocolError);
  });

  test('cancels, repeating over a broken connection', async () => {
    const view = { execution_id: 'exec_1', status: 'running', cancel_requested: true };
    await using gateway = await ScriptedGateway.start(breakOff, json(202, view));
    expect(await clientOf(gateway).cancel('exec_1')).toEqual(view);
    expect(gateway.requests[1]).toMatchObject({ method: 'POST', url: '/executions/exec_1/cancel' });
  });

  test('asks for the health only once, and gives an unhealthy one as an answer', async () => {
    const health = {
      status: 'unhealthy',
      docker_available: false,
      redis_available: true,
      timestamp: 1,
      active_containers: 0,
      available_images: 0,
      workers: 0,
      version: '1',
    };
    await using gateway = await ScriptedGateway.start(json(200, health), problem(503, 'shutting_down'));
    expect(await clientOf(gateway).health()).toEqual(health);
    expect(await failureOf(clientOf(gateway).health())).toMatchObject({ code: 'shutting_down' });
    expect(gateway.requests).toHaveLength(2);
  });

  test('never lets an id reach another path', async () => {
    const client = clientOf({ url: 'http://127.0.0.1:1' });
    for (const id of ['..', '../health', 'a/b', '', 'exec_1?x', 'exec 1']) {
      expect(await failureOf(client.get(id))).toBeInstanceOf(GantryUsageError);
    }
  });
});

describe('when the service is not there', () => {
  test('says that nothing listens, and where', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(clientOf({ url }, { maxRetries: 1 }).runtimes());
    expect(error).toBeInstanceOf(GantryConnectionError);
    expect(error).toMatchObject({
      failure: 'unreachable',
      message: `Nothing listens at ${url}. Start Gantry there, or use another base URL.`,
    });
  });

  test('says that a port can never be reached by fetch', async () => {
    expect(await failureOf(clientOf({ url: 'http://127.0.0.1:6000' }).runtimes())).toMatchObject({
      failure: 'unreachable',
      message: expect.stringContaining('Serve Gantry on another port'),
    });
  });

  test('stops waiting for an answer that does not come', async () => {
    await using gateway = await ScriptedGateway.start(() => undefined);
    const error = await failureOf(clientOf(gateway, { timeoutMs: 50, maxRetries: 1 }).runtimes());
    expect(error).toMatchObject({ name: 'GantryConnectionError', failure: 'timeout' });
    expect(gateway.requests).toHaveLength(2);
  });

  test('stops waiting for an answer that begins and does not end', async () => {
    await using gateway = await ScriptedGateway.start((response) => void response.writeHead(200).write('{"runtimes":'));
    const error = await failureOf(clientOf(gateway, { timeoutMs: 100, maxRetries: 0 }).runtimes());
    expect(error).toMatchObject({ failure: 'timeout' });
  });

  test('aborts at once with the reason of the signal, in a request and between two', async () => {
    await using silent = await ScriptedGateway.start(() => undefined);
    await using busy = await ScriptedGateway.start(problem(503, 'queue_full', { 'retry-after': '30' }));
    for (const gateway of [silent, busy]) {
      const controller = new AbortController();
      const pending = failureOf(clientOf(gateway).submit(ORDER, { signal: controller.signal }));
      await gateway.received(1);
      controller.abort(new Error('enough'));
      expect(await pending).toMatchObject({ message: 'enough' });
      expect(gateway.requests).toHaveLength(1);
    }
  });

  test('says that another server answered', async () => {
    const page = json(200, 'not what you think');
    await using html = await ScriptedGateway.start((response) => void response.writeHead(200).end('<html>'));
    await using strange = await ScriptedGateway.start(page);
    await using moved = await ScriptedGateway.start(
      (response) => void response.writeHead(308, { location: 'https://new.example/' }).end(),
    );
    await using proxy = await ScriptedGateway.start((response) => void response.writeHead(404).end('<html>'));
    expect(await failureOf(clientOf(html).runtimes())).toMatchObject({ name: 'GantryProtocolError' });
    expect(await failureOf(clientOf(strange).runtimes())).toMatchObject({ name: 'GantryProtocolError' });
    expect(await failureOf(clientOf(moved).submit(ORDER))).toMatchObject({
      message: expect.stringContaining('redirects to https://new.example/'),
    });
    expect(await failureOf(clientOf(proxy).runtimes())).toMatchObject({
      code: 'http_404',
      suggestion: 'Check that the base URL points at Gantry itself.',
    });
  });

  test('refuses a base URL or key that cannot work, without showing the key', () => {
    for (const baseUrl of ['localhost:8000', 'ftp://x', 'nonsense', 'http://user:pw@host', 'http://h/?a=1']) {
      expect(() => new GantryClient({ baseUrl })).toThrow(GantryUsageError);
    }
    for (const apiKey of ['', 'a b', 'secret\n', 'clé']) {
      const make = () => new GantryClient({ baseUrl: 'http://h', apiKey });
      expect(make).toThrow(GantryUsageError);
      expect(make).not.toThrow(/secret/);
    }
  });

  test('keeps the path of a base URL behind a proxy', async () => {
    await using gateway = await ScriptedGateway.start(json(200, { runtimes: [] }));
    await clientOf({ url: `${gateway.url}/team/gantry/` }).runtimes();
    expect(gateway.requests[0]?.url).toBe('/team/gantry/runtimes');
  });
});

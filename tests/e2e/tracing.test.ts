import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Api, collect } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { ROOT } from '../support/process.js';
import { startStack, type Stack } from '../support/stack.js';
import { TraceCollector, type CollectedSpan } from '../support/trace-collector.js';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const KEY = 'a-key-that-nobody-reads';
const HIDDEN = 'nobody-reads-this-either';
const [SERVER, PRODUCER, CONSUMER] = [2, 4, 5];

/** A trace as a client begins it. */
function clientTrace(): { traceId: string; spanId: string; traceparent: string } {
  const [traceId, spanId] = [hex(16), hex(8)];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

const traceIdOf = (traceparent: unknown): string => String(traceparent).split('-')[1] ?? '';

describe('traces', () => {
  let collector: TraceCollector;
  let stack: Stack;
  let api: Api;
  beforeAll(async () => {
    collector = await TraceCollector.start();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=for%20you',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      LOG_LEVEL: 'debug',
      API_KEYS: `ann:${createHash('sha256').update(KEY).digest('hex')}`,
    };
    stack = await startStack({ env, workers: 0 });
    // The gateway speaks protobuf, the worker JSON.
    stack.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/json';
    await stack.startWorker();
    await stack.ready();
    api = new Api(stack.url, KEY);
  });
  afterAll(async () => {
    await stack.close();
    await collector.close();
  });

  /** The spans of a trace once these have come, by name; each name once. */
  function arrived(traceId: string, names: readonly string[]): Promise<Record<string, CollectedSpan>> {
    return eventually(() => {
      const spans = collector.trace(traceId);
      expect(spans.map(({ name }) => name).sort()).toEqual([...names].sort());
      return Object.fromEntries(spans.map((span) => [span.name, span]));
    });
  }
  const parentsOf = (spans: Record<string, CollectedSpan>): Record<string, string | undefined> => {
    const byId = new Map(Object.values(spans).map(({ spanId, name }) => [spanId, name]));
    return Object.fromEntries(
      Object.values(spans).map(({ name, parentSpanId }) => [name, byId.get(parentSpanId) ?? parentSpanId]),
    );
  };
  const EXECUTION = {
    'queue wait': 'send execution',
    'process execution': 'send execution',
    'acquire sandbox': 'process execution',
    run: 'process execution',
    'write end': 'process execution',
  };

  test('lead from the request through the queue to the container, over both processes, and on from the client', async () => {
    const client = clientTrace();
    const headers = { traceparent: client.traceparent, tracestate: 'vendor=a1', 'x-request-id': 'my-request' };
    const request = { language: 'bash', code: `echo ${HIDDEN}; sleep 0.2`, environment_variables: { SOME: HIDDEN } };
    const answer = await api.call('POST', '/execute', request, headers);
    const spans = await arrived(client.traceId, ['POST /execute', 'send execution', ...Object.keys(EXECUTION)]);
    expect(parentsOf(spans)).toEqual({
      'POST /execute': client.spanId,
      'send execution': 'POST /execute',
      ...EXECUTION,
    });
    const id = String(answer.body['execution_id']);
    const { 'POST /execute': http, 'send execution': sent, 'process execution': processed, run } = spans;
    expect(answer.headers.get('traceparent')).toBe(`00-${client.traceId}-${http?.spanId}-01`);
    expect(answer.headers.get('x-request-id')).toBe('my-request');
    expect(http).toMatchObject({
      kind: SERVER,
      status: 0,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/execute',
        'http.response.status_code': 200,
        'url.path': '/execute',
        'url.scheme': 'http',
        'gantry.execution.id': id,
      },
      resource: { 'service.name': 'gantry-gateway', 'deployment.environment.name': 'test' },
    });
    const messaging = {
      'messaging.system': 'bullmq',
      'messaging.destination.name': 'execution',
      'messaging.message.id': id,
      'gantry.execution.id': id,
      'gantry.tenant': 'ann',
    };
    expect(sent).toMatchObject({ kind: PRODUCER, attributes: { ...messaging, 'messaging.operation.type': 'send' } });
    expect(processed).toMatchObject({
      kind: CONSUMER,
      status: 0,
      resource: { 'service.name': 'gantry-worker' },
      attributes: {
        ...messaging,
        'messaging.operation.type': 'process',
        'gantry.language': 'bash',
        'gantry.status': 'completed',
        'gantry.reason': 'exit_code',
        'gantry.exit_code': 0,
        'gantry.attempt': 1,
        'gantry.sandbox': expect.stringMatching(/^(warm|cold)$/),
        'gantry.queue_ms': expect.any(Number),
        'gantry.limit.timeout_ms': 300_000,
      },
    });
    expect(spans['acquire sandbox']?.attributes['gantry.sandbox']).toBe(processed?.attributes['gantry.sandbox']);
    expect(run?.attributes).toMatchObject({ 'gantry.exit_code': 0, 'gantry.cause': 'self' });
    expect(Number((run?.endNanos ?? 0n) - (run?.startNanos ?? 0n)) / 1e6).toBeGreaterThan(190);
    for (const span of Object.values(spans)) expect([span.name, span.traceState]).toEqual([span.name, 'vendor=a1']);
  });

  test('tell a failing program as a result, not as an error, and compiling as a stage', async () => {
    const client = clientTrace();
    const code = 'System.Environment.Exit(3);';
    await api.execute({ language: 'csharp', code }, { traceparent: client.traceparent });
    const names = ['POST /execute', 'send execution', 'compile', ...Object.keys(EXECUTION)];
    const spans = await arrived(client.traceId, names);
    expect(spans['process execution']?.attributes).toMatchObject({ 'gantry.status': 'failed', 'gantry.exit_code': 3 });
    expect(Object.values(spans).map(({ status }) => status)).toEqual(names.map(() => 0));
  });

  test('hold a submit and its event stream together, and link a stream that has a trace of its own', async () => {
    const client = clientTrace();
    const headers = { traceparent: client.traceparent };
    const answer = await api.call('POST', '/execute/stream', { language: 'bash', code: 'echo hi' }, headers);
    const route = `/executions/${String(answer.body['execution_id'])}/stream`;
    await api.call('GET', route, undefined, headers);
    const names = ['POST /execute/stream', 'GET /executions/:id/stream', 'send execution', ...Object.keys(EXECUTION)];
    const spans = await arrived(client.traceId, names);
    expect(parentsOf(spans)).toEqual({
      'POST /execute/stream': client.spanId,
      'GET /executions/:id/stream': client.spanId,
      'send execution': 'POST /execute/stream',
      ...EXECUTION,
    });
    expect(spans['GET /executions/:id/stream']?.links).toEqual([]);

    const replayed = await api.call('GET', route);
    const own = traceIdOf(replayed.headers.get('traceparent'));
    const { 'GET /executions/:id/stream': stream } = await arrived(own, ['GET /executions/:id/stream']);
    expect(stream).toMatchObject({ parentSpanId: '', links: [{ traceId: client.traceId }] });
  });

  test.each([
    ['2025-11-25', {}],
    [
      '2026-07-28',
      {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    ],
  ])('go on from _meta of an MCP call (revision %s), which tells ours in return', async (revision, meta) => {
    const client = clientTrace();
    const params = {
      name: 'execute_code',
      arguments: { language: 'bash', code: 'echo hi' },
      _meta: { ...meta, traceparent: client.traceparent },
    };
    const headers = {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revision,
      'mcp-method': 'tools/call',
      'mcp-name': 'execute_code',
    };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const answer = await api.call<string>('POST', '/mcp', body, headers);
    const message = [...answer.body.matchAll(/^data: (\{.*\})$/gm)].at(-1)?.[1] ?? '{}';
    const { result } = JSON.parse(message) as { result: { _meta: { traceparent: string }; isError?: boolean } };
    const names = ['tools/call execute_code', 'send execution', ...Object.keys(EXECUTION)];
    const spans = await arrived(client.traceId, names);
    expect(parentsOf(spans)).toEqual({
      'tools/call execute_code': client.spanId,
      'send execution': 'tools/call execute_code',
      ...EXECUTION,
    });
    const call = spans['tools/call execute_code'];
    expect(result._meta.traceparent).toBe(`00-${client.traceId}-${call?.spanId}-01`);
    expect(call).toMatchObject({
      kind: SERVER,
      status: 0,
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'execute_code' },
      links: [{ traceId: traceIdOf(answer.headers.get('traceparent')) }],
    });
  });

  test('cover the build of an image', async () => {
    const client = clientTrace();
    const order = { languages: ['bash'], environment: { RUN: hex(6) }, wait_seconds: 60 };
    const answer = await api.call('POST', '/images/create', order, { traceparent: client.traceparent });
    expect(answer.body).toMatchObject({ success: true });
    const work = { 'build image': 'process image', 'write end': 'process image' };
    const children = { 'queue wait': 'send image', 'process image': 'send image', ...work };
    const spans = await arrived(client.traceId, ['POST /images/create', 'send image', ...Object.keys(children)]);
    expect(parentsOf(spans)).toEqual({
      'POST /images/create': client.spanId,
      'send image': 'POST /images/create',
      ...children,
    });
    const id = String(answer.body['job_id']);
    expect(spans['process image']?.attributes).toMatchObject({ 'gantry.job.id': id, 'gantry.reason': 'built' });
  });

  test('begin anew where a client names none that is well-formed', async () => {
    const good = clientTrace();
    const hostile = [
      good.traceparent.toUpperCase(),
      good.traceparent.replace(/^00/, 'ff'),
      `${good.traceparent}-more`,
      `01-${good.traceId}-${good.spanId}-01-${'x'.repeat(4000)}`,
      `00-${'0'.repeat(32)}-${good.spanId}-01`,
      'é'.repeat(55),
      '',
    ];
    for (const traceparent of hostile) {
      const answer = await api.call('GET', '/runtimes', undefined, { traceparent, 'x-request-id': 'no way' });
      expect(answer.status).toBe(200);
      const own = traceIdOf(answer.headers.get('traceparent'));
      expect(own).toMatch(/^[0-9a-f]{32}$/);
      expect(own).not.toBe(good.traceId);
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(collector.trace(good.traceId)).toEqual([]);
  });

  test('are in the log, with the ids of execution and request', async () => {
    const client = clientTrace();
    const headers = { traceparent: client.traceparent, 'x-request-id': 'asked-by-me' };
    const { execution_id: executionId } = await api.execute({ language: 'bash', code: ':' }, headers);
    const { traceId } = client;
    await eventually(() => {
      const ended = stack.workers[0]?.lines('execution ended') ?? [];
      expect(ended).toContainEqual(expect.objectContaining({ executionId, traceId, spanId: expect.any(String) }));
    });
    await api.call('POST', '/execute', { language: 'klingon' }, headers);
    await eventually(() => {
      const requests = stack.gateway.lines('request');
      const line = { requestId: 'asked-by-me', traceId, route: '/execute', tenant: 'ann' };
      expect(requests).toContainEqual(expect.objectContaining({ ...line, level: 'debug', status: 200, executionId }));
      const refused = { ...line, level: 'info', status: 422, problem: 'invalid_request' };
      expect(requests).toContainEqual(expect.objectContaining(refused));
    });
  });

  test('are sent with what the operator says, in both encodings, and tell nothing that is nobody’s business', () => {
    expect([...collector.encodings].sort()).toEqual(['application/json', 'application/x-protobuf']);
    for (const headers of collector.headers) expect(headers).toMatchObject({ 'x-collector-key': 'for you' });
    const everything = Buffer.concat(collector.bodies).toString('latin1');
    for (const secret of [KEY, HIDDEN, 'echo hi']) expect(everything).not.toContain(secret);
    const logs = [stack.gateway, ...stack.workers].map((process) => process.all()).join('');
    for (const secret of [KEY, HIDDEN, 'echo hi', 'for you', 'for%20you']) expect(logs).not.toContain(secret);
  });

  test('have no span that the page about them does not name', () => {
    const page = readFileSync(path.join(ROOT, 'docs/tracing.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (?:server|producer|consumer|internal) \| /gm)];
    const documented = new Set(rows.map((row) => row[1] ?? ''));
    const emitted = new Set(
      collector.spans.map(({ name }) =>
        name.replace(/^[A-Z]+ \/.*/, 'METHOD /route').replace(/^tools\/call [a-z_]+$/, 'tools/call TOOL'),
      ),
    );
    expect([...emitted].filter((name) => !documented.has(name))).toEqual([]);
  });

  test('load the SDK only where they are on', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { createLogger, loadConfig, openTracing, tracingConfigShape } from '@gantry/service';
      import { z } from 'zod';
      const config = loadConfig(z.object(tracingConfigShape), process.env);
      const { tracer } = await openTracing(config, { name: 'n', version: '1', deployment: 'd' }, createLogger({ level: 'info', service: 's', version: '1' }));
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /opentelemetry.(sdk|otlp|exporter|resources|core)/.test(file));
      console.log(JSON.stringify([tracer.records, loaded.length > 0]));
      process.exit();`;
    const asked = (env: Record<string, string>): Promise<unknown> =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        cwd: path.join(ROOT, 'apps/gateway'),
        env: { PATH: process.env['PATH'], ...env },
      }).then(({ stdout }) => JSON.parse(stdout) as unknown);
    expect(await asked({})).toEqual([false, false]);
    expect(await asked({ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h' })).toEqual([
      false,
      false,
    ]);
    expect(await asked({ OTEL_TRACES_EXPORTER: 'otlp' })).toEqual([true, true]);
  });

  test('go lost without harm while the collector is away, which the log says once, and hold no shutdown up', async () => {
    await collector.close();
    const before = stack.gateway.lines('traces could not be sent').length;
    const runs = Array.from({ length: 10 }, () => api.execute({ language: 'bash', code: 'echo fine' }));
    for (const { stdout } of await Promise.all(runs)) expect(stdout).toBe('fine\n');
    await eventually(async () => {
      await api.call('GET', '/runtimes');
      for (const process of [stack.gateway, ...stack.workers]) {
        const [told, ...more] = process.lines('traces could not be sent').slice(before);
        expect(told).toMatchObject({ level: 'warn', lostSpans: expect.any(Number) });
        expect(more).toEqual([]);
      }
    });
    expect(await collect(api.stream(await api.submit({ language: 'bash', code: 'echo still' })))).toContainEqual(
      expect.objectContaining({ type: 'stdout' }),
    );
    const startedAt = Date.now();
    await Promise.all([stack.gateway, ...stack.workers].map((process) => process.stop()));
    expect(Date.now() - startedAt).toBeLessThan(8000);
    expect(stack.gateway.child.exitCode).toBe(0);
  });
});

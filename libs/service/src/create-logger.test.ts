import { describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import { createLogger } from './create-logger.js';
import { PassingTracer } from './tracing/passing-tracer.js';

const lines: string[] = [];
const logger = createLogger(
  { level: 'debug', service: 'test', version: '1' },
  { write: (line: string) => void lines.push(line) },
);
function logged(fields: object): Record<string, unknown> & { err: Record<string, unknown> } {
  logger.info(fields, 'message');
  return JSON.parse(lines.at(-1) ?? '') as ReturnType<typeof logged>;
}

const HIDDEN = 'print("my program")';

describe('the log', () => {
  test('is one line of JSON per message, whatever is in the fields', () => {
    const line = logged({ executionId: 'exec_1', reason: 'a\nb\x1b[31m\0' });
    expect(line).toMatchObject({ level: 'info', service: 'test', msg: 'message', executionId: 'exec_1' });
    expect(lines.at(-1)).toMatch(/^[\x20-\x7e]+\n$/);
  });

  test.each([
    ['a program', { code: HIDDEN }],
    ['a record', { record: { id: 'x', request: { code: HIDDEN, stdin: HIDDEN, env: { A: HIDDEN }, args: [HIDDEN] } } }],
    ['a result', { result: { stdout: { text: HIDDEN }, stderr: { text: HIDDEN } } }],
    ['a body', { body: { files: [{ path: 'a', content: HIDDEN }], input_data: HIDDEN } }],
    ['headers', { request: { headers: { Authorization: HIDDEN, cookie: HIDDEN, 'x-api-key': HIDDEN } } }],
    ['headers of a webhook', { webhook: { url: 'https://a.example', headers: { 'x-any': HIDDEN } } }],
    ['an environment', { env: {}, config: { WEBHOOK_SECRET_KEY: HIDDEN, API_KEYS: [HIDDEN], REDIS_URL: HIDDEN } }],
    ['another', { env: {}, config: { OTEL_EXPORTER_OTLP_TRACES_HEADERS: HIDDEN, S3_SECRET_ACCESS_KEY: HIDDEN } }],
    ['keys', { apiKey: HIDDEN, created: { key: HIDDEN, secret: HIDDEN }, password: HIDDEN, token: HIDDEN }],
    ['bytes', { chunk: Buffer.from(HIDDEN) }],
    ['something very deep', { a: { b: { c: { d: { e: { f: HIDDEN } } } } } }],
  ])('never has %s', (_what, fields) => {
    logged(fields);
    expect(lines.at(-1)).not.toContain('my program');
    expect(lines.at(-1)).not.toContain(Buffer.from(HIDDEN).toString('base64'));
    expect(lines.at(-1)).toContain('[redacted]');
  });

  test('leaves what is logged as it was', () => {
    const fields = { request: { code: HIDDEN, runtime: 'python' } };
    expect(logged(fields)['request']).toEqual({ code: '[redacted]', runtime: 'python' });
    expect(fields.request.code).toBe(HIDDEN);
  });

  test('tells of an error its kind, code, message, stack and causes, and nothing that hangs on it', () => {
    const vendor = Object.assign(new Error('ERR too much'), { command: { name: 'evalsha', args: [HIDDEN] } });
    const line = logged({ err: new AppError('redis_unavailable', 'Redis does not answer', { cause: vendor }) });
    expect(line.err).toMatchObject({
      code: 'redis_unavailable',
      message: 'Redis does not answer',
      stack: expect.stringContaining('create-logger.test'),
      cause: { type: 'Error', message: 'ERR too much' },
    });
    logged({ err: vendor });
    expect(logged({ problems: [vendor] })['problems']).toMatchObject([{ message: 'ERR too much' }]);
    expect(lines.slice(-3).join('')).not.toContain('my program');
    expect(logged({ err: HIDDEN }).err).toEqual({ type: 'string' });
  });

  test('has warnings and errors that come over and over a bounded number of times, and each new one at once', () => {
    const from = lines.length;
    const child = logger.child({ jobId: 'j' });
    for (let i = 0; i < 10_000; i++) {
      child.warn({ i }, 'it is away');
      logger.info({ i }, 'it happened');
      if (i === 5000) logger.error({ err: new Error('other') }, 'it broke');
      if (i === 5001) logger.error({ err: new AppError('internal_error', 'another') }, 'it broke');
    }
    const written = lines.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    const count = (msg: string): number => written.filter((line) => line['msg'] === msg).length;
    expect(count('it is away')).toBeGreaterThanOrEqual(20);
    expect(count('it is away')).toBeLessThan(40);
    expect(count('it broke')).toBe(2);
    expect(count('it happened')).toBe(10_000);
  });

  test('has the ids of the trace that a line belongs to, and none outside', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const parent = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: null };
    await new PassingTracer().span('any', { parent }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(logged({})).toMatchObject({ traceId, spanId: '00f067aa0ba902b7' });
      expect(logged({ traceId: 'another' })).toMatchObject({ traceId: 'another' });
    });
    expect(logged({})).not.toHaveProperty('traceId');
  });
});

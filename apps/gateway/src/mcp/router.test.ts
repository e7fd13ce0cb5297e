import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import express from 'express';
import { eventually } from '../../../../tests/support/eventually.js';
import { ScriptedService, type Script } from '../../../../tests/support/scripted-service.js';
import { progressSender } from './call.js';
import { createMcpRouter } from './index.js';

interface Sent extends RequestInit {
  headers?: Record<string, string>;
}

interface Message {
  id?: number;
  method?: string;
  params?: { progressToken: string; progress: number; message: string };
  result?: Record<string, unknown> & { structuredContent?: Record<string, unknown>; tools?: unknown[] };
  error?: { code: number; message: string };
}

/** What goes over the wire, byte by byte: what real clients send is in the end-to-end tests. */
class Wire {
  readonly service: ScriptedService;
  readonly #server: Server;

  constructor(script: Script) {
    this.service = new ScriptedService(script);
    const app = express();
    app.use((request, response, next) => {
      response.locals['tenant'] = request.get('x-tenant') ?? 'acme';
      next();
    });
    app.use(express.json({ strict: false }));
    app.use('/mcp', createMcpRouter(this.service.deps));
    this.#server = app.listen(0, '127.0.0.1');
  }

  async send(init: Sent): Promise<Response> {
    if (!this.#server.listening) await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    return fetch(`http://127.0.0.1:${port}/mcp`, { ...init, headers: { ...headers, ...init.headers } });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function* messagesOf(response: Response): AsyncGenerator<Message> {
  const found: Message[] = [];
  const parser = createParser({ onEvent: ({ data }) => found.push(JSON.parse(data) as Message) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    yield* found.splice(0);
  }
}

async function answerOf(response: Response): Promise<Message> {
  let last: Message = {};
  for await (const message of messagesOf(response)) last = message;
  return last;
}

const legacyRequest = (method: string, params: Record<string, unknown> = {}): Sent => ({
  method: 'POST',
  body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
});

function modernRequest(method: string, params: Record<string, unknown> = {}): Sent {
  const _meta = {
    ...(params['_meta'] as object | undefined),
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const name = typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {};
  return {
    ...legacyRequest(method, { ...params, _meta }),
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...name },
  };
}

let wire: Wire;
afterEach(() => wire.close());

const program = { language: 'python', code: '' };
const runCode = { name: 'execute_code', arguments: program };

describe.each([
  ['2025', legacyRequest],
  ['2026', modernRequest],
])('era %s', (_era, request) => {
  test('lists and calls tools without anything before', async () => {
    wire = new Wire((run) => run.end());
    const listed = await answerOf(await wire.send(request('tools/list')));
    expect(listed.result?.tools).toHaveLength(15);
    const called = await answerOf(await wire.send(request('tools/call', runCode)));
    expect(called.id).toBe(7);
    expect(called.result?.structuredContent).toMatchObject({ status: 'completed' });
  });

  test('tells output while the program runs', async () => {
    let seen = (): void => undefined;
    const firstSeen = new Promise<void>((resolve) => {
      seen = resolve;
    });
    wire = new Wire(async (run) => {
      await run.start();
      await run.write('stdout', 'first');
      // It ends only once the client has seen that.
      await firstSeen;
      await run.write('stdout', 'second');
      await run.end();
    });
    const response = await wire.send(request('tools/call', { ...runCode, _meta: { progressToken: 'p1' } }));
    const messages: Message[] = [];
    for await (const message of messagesOf(response)) {
      messages.push(message);
      if (message.params?.message === 'first') seen();
    }
    const told = messages.flatMap(({ method, params }) =>
      method === 'notifications/progress' && params ? [params] : [],
    );
    expect(told.map(({ message }) => message)).toEqual(['first', 'second']);
    expect(told.map(({ progressToken, progress }) => [progressToken, progress])).toEqual([
      ['p1', 1],
      ['p1', 2],
    ]);
    expect(messages.at(-1)?.result?.structuredContent).toMatchObject({ status: 'completed' });
  });

  test('a closed connection stops the execution', async () => {
    const stopped: string[] = [];
    wire = new Wire(async (run) => {
      run.cancelled.addEventListener('abort', () => stopped.push(run.id));
      await run.start();
    });
    const client = new AbortController();
    // The answer begins before the program ends, so the client need not wait in the dark.
    await wire.send({ ...request('tools/call', runCode), signal: client.signal });
    await eventually(async () => {
      const record = await wire.service.executions.load(wire.service.ids[0] ?? '');
      expect(record?.status).toBe('running');
    });
    client.abort();
    await eventually(() => expect(stopped).toEqual(wire.service.ids));
  });

  test('an unknown tool is a protocol error that names the tools', async () => {
    wire = new Wire(() => undefined);
    const { error } = await answerOf(await wire.send(request('tools/call', { name: 'run_code', arguments: {} })));
    expect(error?.code).toBe(-32_602);
    expect(error?.message).toContain('the tools are: execute_code, get_execution');
  });
});

describe('a cancellation notification of a 2025 client', () => {
  const cancel = (headers: Record<string, string>): Sent => ({
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } }),
    headers,
  });

  test('stops the call of its own session, and no other', async () => {
    wire = new Wire((run) => run.start());
    const client = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'wire', version: '1' } };
    const greeted = await wire.send(legacyRequest('initialize', client));
    expect((await answerOf(greeted)).result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'gantry' },
    });
    const session = { 'mcp-session-id': greeted.headers.get('mcp-session-id') ?? '' };
    expect(session['mcp-session-id']).toMatch(/^[0-9a-f-]{36}$/);

    const answer = answerOf(await wire.send({ ...legacyRequest('tools/call', runCode), headers: session }));
    await eventually(() => expect(wire.service.ids).toHaveLength(1));
    const cancelRequested = async (): Promise<boolean | undefined> =>
      (await wire.service.executions.load(wire.service.ids[0] ?? ''))?.cancelRequested;

    for (const stranger of [{}, { 'mcp-session-id': 'guessed' }, { ...session, 'x-tenant': 'other' }]) {
      expect((await wire.send(cancel(stranger))).status).toBe(202);
    }
    expect(await cancelRequested()).toBe(false);
    expect((await wire.send(cancel(session))).status).toBe(202);
    await answer;
    expect(await cancelRequested()).toBe(true);
  });
});

describe('what is no call', () => {
  test.each(['GET', 'DELETE', 'PUT'])('%s is refused, saying what is taken', async (method) => {
    wire = new Wire(() => undefined);
    const response = await wire.send({ method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32_000 }, id: null });
  });

  test.each([
    ['no body', {}, 400],
    ['no message', { body: '{"hello": 1}' }, 400],
    [
      'a revision that is not served',
      { ...modernRequest('tools/list'), headers: { 'mcp-protocol-version': '2031-01-01' } },
      400,
    ],
    ['another media type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415],
  ])('%s is refused with a protocol error', async (_what, init, status) => {
    wire = new Wire(() => undefined);
    const response = await wire.send({ method: 'POST', ...init });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { message: expect.any(String) } });
  });
});

test('progress is left out, not piled up, while a client does not read', () => {
  let congested = false;
  const sent: string[] = [];
  const call = { tenant: 'acme', gone: new AbortController().signal, congested: () => congested };
  const { logger } = new ScriptedService(() => undefined).deps;
  const send = progressSender(1, call, async ({ params }) => void sent.push(params.message), logger);
  for (const [message, slow] of [
    ['a', false],
    ['b', true],
    ['c', false],
  ] as const) {
    congested = slow;
    send?.(1, message);
  }
  expect(sent).toEqual(['a', 'c']);
  expect(progressSender(undefined, call, async () => undefined, logger)).toBeUndefined();
});

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { MEMORY_SETTINGS, occupy, watched, type Grown } from '../support/memory-scenarios.js';
import { socketsOf } from '../support/memory-watch.js';
import { RawClients } from '../support/raw-clients.js';
import { startStack, type Stack } from '../support/stack.js';

const MAX_CONNECTIONS = 3000;
/** What a gateway may hold when they are gone, MiB. */
const LEFT = 8;
/** The head of a request must have come in 20 s, which is looked at every 2 s. */
const CUT_WITHIN_MS = 30_000;

const json = (body: object, path: string, head = ''): string => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}Content-Length: ${text.length}\r\n\r\n${text}`;
};
const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

let stack: Stack;
let api: Api;
let clients: RawClients;
beforeAll(async () => {
  const env = { ...MEMORY_SETTINGS, MAX_CONNECTIONS: String(MAX_CONNECTIONS), REQUEST_TIMEOUT_SECONDS: '25' };
  stack = await startStack({ env });
  api = new Api(stack.url);
  // What a process needs for its first requests of each kind.
  for (let i = 0; i < 200; i++) await api.call('GET', '/executions');
}, 60_000);
afterAll(async () => {
  const logs = [stack.gateway, ...stack.workers].map((process) => process.all()).join('\n');
  await stack.close();
  // Of Node: listeners that pile up.
  expect(logs).not.toContain('MaxListenersExceededWarning');
});
beforeEach(() => {
  clients = new RawClients(stack.url);
});
afterEach(async () => {
  await clients[Symbol.asyncDispose]();
  const { body } = await api.call<{ executions: { execution_id: string }[] }>('GET', '/executions?status=running');
  for (const { execution_id } of body.executions) await api.call('POST', `/executions/${execution_id}/cancel`);
});

/** Memory and sockets are back when the clients have gone, and the service answers while they are there. */
async function survives(what: string, work: () => Promise<void>): Promise<Grown> {
  await eventually(() => expect(socketsOf(stack.gateway)).toBeLessThan(40), 90_000);
  const before = socketsOf(stack.gateway);
  const grown = await watched(stack, async () => {
    await work();
    await clients[Symbol.asyncDispose]();
    await eventually(() => expect(socketsOf(stack.gateway)).toBeLessThanOrEqual(before + 2), 20_000);
  });
  const answers = Object.fromEntries(clients.answers);
  process.stderr.write(`${what}: MiB grown ${JSON.stringify(grown)} answers ${JSON.stringify(answers)}\n`);
  expect(grown.gateway.held).toBeLessThan(LEFT);
  expect(grown.worker.held).toBeLessThan(LEFT);
  return grown;
}

/** As promised; right after many have come, once those are taken in. */
async function answersMeanwhile(): Promise<void> {
  await eventually(async () => {
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now();
      expect((await api.call('GET', '/executions')).status).toBe(200);
      expect(performance.now() - startedAt).toBeLessThan(1000);
    }
  }, 20_000);
}

test('2000 clients that wait for a result cost little, and nothing when they are gone', async () => {
  const blocker = await occupy(stack);
  const grown = await survives('2000 waiting', async () => {
    await clients.begin(2000, request(`/executions/${blocker.id}?wait_seconds=120`));
    await answersMeanwhile();
    expect(clients.open).toBe(2000);
    expect(clients.heard).toBe(0);
  });
  expect(grown.gateway.peak).toBeLessThan(256);
});

test('2000 clients that wait hear of the end, all of them', async () => {
  const blocker = await occupy(stack);
  await survives('2000 waiting for an end', async () => {
    await clients.begin(2000, request(`/executions/${blocker.id}?wait_seconds=120`));
    await blocker.end();
    await eventually(() => expect(clients.answers.get('HTTP/1.1 200')).toBe(2000), 20_000);
  });
});

test.each([
  ['that say nothing', 500, '', undefined],
  [
    'that send the head of a request a byte at a time',
    500,
    'GET /executions HTTP/1.1\r\nX-Slow: ',
    { text: 'a', everyMs: 1000 },
  ],
  ['that begin a request and fall silent', 500, 'POST /execute HTTP/1.1\r\nHost: localhost\r\n', undefined],
  [
    'that send a body a byte at a time',
    500,
    'POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{',
    { text: ' ', everyMs: 1000 },
  ],
  [
    'that upload a file a byte at a time',
    200,
    'POST /files/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n',
    { text: 'x', everyMs: 1000 },
  ],
])('clients %s are cut, and the service answers all the while', async (what, count, first, more) => {
  await survives(`${count} ${what}`, async () => {
    await clients.begin(count, first, more);
    expect(clients.open).toBe(count);
    await answersMeanwhile();
    await eventually(() => expect(clients.open).toBe(0), CUT_WITHIN_MS + 5000);
    await answersMeanwhile();
  });
});

test('more connections than there may be are closed at once, and there is room again when others go', async () => {
  await survives('4000 connections', async () => {
    await clients.begin(4000, '');
    await eventually(() => expect(clients.open).toBeLessThanOrEqual(MAX_CONNECTIONS));
    expect(socketsOf(stack.gateway)).toBeLessThan(MAX_CONNECTIONS + 40);
  });
  await answersMeanwhile();
});

test('a connection that sends requests without waiting for answers is cut', async () => {
  const blocker = await occupy(stack);
  const flood = request(`/executions/${blocker.id}?wait_seconds=120`).repeat(1000);
  await survives('20 000 pipelined', async () => {
    await clients.begin(20, flood);
    await eventually(() => expect(clients.open).toBe(0), 5000);
    await answersMeanwhile();
  });
  await blocker.end();
});

test('requests on kept connections without end cost nothing that stays', async () => {
  await survives('kept connections', async () => {
    await clients.begin(50, '', { text: request('/executions?limit=1'), everyMs: 250 });
    await eventually(() => expect(clients.answers.get('HTTP/1.1 200') ?? 0).toBeGreaterThan(5000), 120_000);
  });
});

test('MCP sessions that are begun and forgotten leave nothing, however many', async () => {
  const clientInfo = { name: 'forgetful', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const begin = json(
    { jsonrpc: '2.0', id: 1, method: 'initialize', params },
    '/mcp',
    'Accept: application/json, text/event-stream\r\nConnection: close\r\n',
  );
  await survives('5000 MCP sessions', async () => {
    for (let i = 0; i < 50; i++) {
      await clients.begin(100, begin);
      await eventually(() => expect(clients.open).toBe(0));
    }
    expect(clients.answers.get('HTTP/1.1 200')).toBe(5000);
  });
});

test('MCP calls whose clients vanish leave nothing', async () => {
  const blocker = await occupy(stack);
  const call = json(
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get_execution', arguments: { execution_id: blocker.id, wait_seconds: 60 } },
    },
    '/mcp',
    'Accept: application/json, text/event-stream\r\nMcp-Session-Id: forgotten\r\nMCP-Protocol-Version: 2025-06-18\r\n',
  );
  await survives('500 MCP calls', async () => {
    await clients.begin(500, call);
    await answersMeanwhile();
    expect(clients.open).toBe(500);
  });
  await blocker.end();
});

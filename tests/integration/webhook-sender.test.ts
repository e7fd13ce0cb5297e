import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GuardedSender, type SenderOptions } from '../../apps/gateway/src/webhooks/guarded-sender.js';
import { HOOKS_EXAMPLE } from '../support/webhook-certificate.js';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const LOOPBACK = { allowHttp: true, allowedNetworks: ['127.0.0.1/32'] };
const never = new AbortController().signal;
const message = (url: string): { url: string; headers: Record<string, string>; body: string } => ({
  url,
  headers: { 'content-type': 'application/json' },
  body: '{}',
});

describe('the sender of webhooks', () => {
  let receiver: WebhookReceiver;
  const servers: Server[] = [];

  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await receiver[Symbol.asyncDispose]();
    for (const server of servers) server.close();
  });

  const sender = (more: Partial<SenderOptions> = {}): GuardedSender =>
    new GuardedSender({ rules: LOOPBACK, resolve: () => Promise.resolve(['127.0.0.1']), timeoutMs: 500, ...more });
  const send = (url: string, more: Partial<SenderOptions> = {}): ReturnType<GuardedSender['send']> =>
    sender(more).send(message(url), never);

  /** Says what it is told to whoever connects. */
  async function rawServer(say: (write: (text: string) => void) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => say((text) => void (socket.writable && socket.write(text))));
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  }

  test('posts to the address that it looked at, by the name of the URL', async () => {
    const outcome = await send(`http://hooks.example:${receiver.port}/named`);
    expect(outcome).toEqual({ httpStatus: 204, fault: null, retryAfterMs: null });
    expect(receiver.received.at(-1)).toMatchObject({
      path: '/named',
      headers: { host: `hooks.example:${receiver.port}` },
      body: '{}',
    });
  });

  test('a name that leads to a public address first and inside the next moment connects to neither', async () => {
    const before = receiver.connections();
    let asked = 0;
    const resolve = (): Promise<string[]> => Promise.resolve([asked++ === 0 ? '192.0.2.1' : '127.0.0.1']);
    const rules = { allowHttp: true, allowedNetworks: ['192.0.2.0/24'] };
    const outcome = await send(`http://rebinding.example:${receiver.port}/`, { resolve, rules });
    expect(outcome).toMatchObject({ httpStatus: null, fault: expect.stringMatching(/^(timeout|connection_failed)$/) });
    expect(asked).toBe(1);
    expect(receiver.connections()).toBe(before);
  });

  test.each([
    // The same answer as for a name that is not there; the log of the gateway tells more.
    ['leads inside', () => Promise.resolve(['127.0.0.1']), 'name_not_found'],
    ['leads inside among others', () => Promise.resolve(['93.184.216.34', '127.0.0.1']), 'name_not_found'],
    ['leads nowhere', () => Promise.resolve([]), 'name_not_found'],
    ['cannot be asked for', () => Promise.reject(new Error('SERVFAIL')), 'name_not_found'],
    ['is never answered', () => new Promise<string[]>(() => undefined), 'timeout'],
  ] as const)('a name that %s is not connected to', async (_what, resolve, fault) => {
    const before = receiver.connections();
    const rules = { allowHttp: true, allowedNetworks: [] };
    expect(await send(`http://inside.example:${receiver.port}/`, { rules, resolve })).toMatchObject({ fault });
    expect(await send('http://127.0.0.1:1/', { rules })).toMatchObject({ fault: 'address_refused' });
    expect(receiver.connections()).toBe(before);
  });

  test('a redirect is an answer, not a way to go', async () => {
    receiver.answer = (_request, response) => void response.writeHead(307, { location: `${receiver.url}/on` }).end();
    const before = receiver.connections();
    expect(await send(receiver.url)).toMatchObject({ httpStatus: 307, fault: 'redirect' });
    expect(receiver.connections()).toBe(before + 1);
  });

  test('hears when the receiver wants to be asked again', async () => {
    receiver.answer = (_request, response) => void response.writeHead(429, { 'retry-after': '7' }).end();
    expect(await send(receiver.url)).toEqual({ httpStatus: 429, fault: 'http_status', retryAfterMs: 7000 });
    const at = new Date(Date.now() + 60_000).toUTCString();
    receiver.answer = (_request, response) => void response.writeHead(503, { 'retry-after': at }).end();
    const { retryAfterMs } = await send(receiver.url);
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('an answer without end costs a second and a few kilobytes, and its status counts', async () => {
    let wrote = 0;
    receiver.answer = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) wrote += 65_536;
        response.once('drain', more);
      };
      more();
    };
    expect(await send(receiver.url, { timeoutMs: 3000 })).toMatchObject({ httpStatus: 200, fault: null });
    expect(wrote).toBeLessThan(64 * 1024 * 1024);
    receiver.answer = (_request, response) => void response.writeHead(200).write('x');
    expect(await send(receiver.url, { timeoutMs: 3000 })).toMatchObject({ httpStatus: 200, fault: null });
  });

  test('the status counts although the rest does not come in time', async () => {
    receiver.answer = (_request, response) => void response.writeHead(200).write('x');
    expect(await send(receiver.url, { timeoutMs: 300 })).toEqual({ httpStatus: 200, fault: null, retryAfterMs: null });
  });

  test('silence, headers without end and what is no HTTP end in time', async () => {
    receiver.answer = () => undefined;
    expect(await send(receiver.url)).toEqual({ httpStatus: null, fault: 'timeout', retryAfterMs: null });
    const slow = await rawServer((write) => {
      write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => write('x: y\r\n'), 20);
      timer.unref();
      setTimeout(() => clearInterval(timer), 2000).unref();
    });
    expect(await send(slow)).toMatchObject({ fault: 'timeout' });
    const endless = await rawServer((write) => write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`));
    expect(await send(endless)).toMatchObject({ httpStatus: null, fault: 'connection_failed' });
    const other = await rawServer((write) => write('220 mail ready\r\n'));
    expect(await send(other)).toMatchObject({ httpStatus: null, fault: 'connection_failed' });
  });

  test('who stops it gets the reason', async () => {
    receiver.answer = () => undefined;
    const stop = new AbortController();
    const sending = sender({ timeoutMs: 5000 }).send(message(receiver.url), stop.signal);
    stop.abort(new Error('shutting down'));
    await expect(sending).rejects.toThrow('shutting down');
  });

  test('over TLS the certificate must be of the name', async () => {
    const ca = [HOOKS_EXAMPLE.cert];
    await using secure = await startReceiver({ tls: HOOKS_EXAMPLE });
    const rules = { ...LOOPBACK, allowHttp: false };
    const to = (name: string): string => `https://${name}:${secure.port}/`;
    expect(await send(to('hooks.example'), { rules, ca })).toMatchObject({ httpStatus: 204, fault: null });
    expect(await send(to('hooks.example'), { rules })).toMatchObject({ httpStatus: null, fault: 'tls_failed' });
    expect(await send(to('other.example'), { rules, ca })).toMatchObject({ fault: 'tls_failed' });
    expect(secure.received).toHaveLength(1);
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A message as it came. */
export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void;

/** A real server that webhooks are sent to; answers 204 until it is told otherwise. */
export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  port: number;
  received: Received[];
  /** Connections that were made, whatever came over them. */
  connections: () => number;
  answer: Answer;
}

export async function startReceiver(
  options: { answer?: Answer; tls?: { key: string; cert: string }; port?: number } = {},
): Promise<WebhookReceiver> {
  let connections = 0;
  const receiver = {
    received: [] as Received[],
    answer: options.answer ?? ((_request, response) => void response.writeHead(204).end()),
  } as WebhookReceiver;
  const handle = (request: IncomingMessage, response: ServerResponse): void => void take(receiver, request, response);
  const server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  server.on('connection', () => connections++);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    port,
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

async function take(receiver: WebhookReceiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += String(piece);
    const message = { path: request.url ?? '', headers: request.headers as Record<string, string>, body };
    receiver.received.push(message);
    receiver.answer(message, response);
  } catch {
    // The sender has gone; the test sees what came.
  }
}

import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CONNECTION_BOUNDS, fewAtOnce } from '@gantry/service';

export interface ServerOptions {
  host: string;
  port: number;
  graceMs: number;
  /** Further ones are closed at once. */
  maxConnections: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
}

export interface OpenServer {
  url: string;
  /** From now on every answer is the last of its connection; resolves after `forMs`, in which all is served as ever. */
  leave(forMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Listens; `close` lets what is under way take `graceMs`. */
export async function openServer(app: RequestListener, options: ServerOptions): Promise<OpenServer> {
  const { host, port, graceMs, maxConnections, requestTimeoutMs } = options;
  const server = createServer({ ...CONNECTION_BOUNDS, requestTimeout: requestTimeoutMs });
  server.maxConnections = maxConnections;
  const lastAnswers = new LastAnswers();
  const serve: RequestListener = (request, response) => {
    lastAnswers.watch(response);
    app(request, response);
  };
  server.on('request', fewAtOnce(serve));
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  const url = `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  return {
    url,
    leave: async (forMs) => {
      lastAnswers.begin();
      if (forMs > 0) await delay(forMs);
    },
    close: () => {
      lastAnswers.begin();
      return closeServer(server, graceMs);
    },
  };
}

/**
 * Ends kept-alive connections without a client losing a request on them: an answer that says `Connection: close` is the only way to tell it. Node
 * itself leaves a connection that is busy when the server closes open after its answer, until the client or the keep-alive timeout ends it.
 */
class LastAnswers {
  readonly #underWay = new Set<ServerResponse>();
  #begun = false;

  watch(response: ServerResponse): void {
    this.#underWay.add(response);
    response.on('close', () => this.#underWay.delete(response));
    if (this.#begun) endAfter(response);
  }

  begin(): void {
    this.#begun = true;
    for (const response of this.#underWay) endAfter(response);
  }
}

function endAfter(response: ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader('Connection', 'close');
    return;
  }
  // Too late to tell, as for a stream; it ends with its answer all the same.
  const { socket } = response;
  response.on('finish', () => socket?.end());
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** No new connections; those with an answer under way have the grace, idle ones are closed at once. */
async function closeServer(server: Server, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}

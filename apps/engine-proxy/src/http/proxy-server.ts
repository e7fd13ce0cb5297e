import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EngineProxyMetrics } from '@gantry/service';
import type { RouteDeps } from '../routes/route.js';
import { endWithMessage } from './answers.js';
import { listen, type Where } from './listen.js';
import { serveAttach } from './serve-attach.js';
import { serveRequest } from './serve-request.js';
import type { Verdicts } from './verdicts.js';

const IDLE_MS = 600_000;
const HEAD_MS = 10_000;
const MAX_HEAD_BYTES = 128 * 1024;
const LOOK_EVERY_MS = 20;

export interface ProxyServerDeps {
  routes: RouteDeps;
  verdicts: Verdicts;
  metrics: EngineProxyMetrics;
  maxConnections: number;
}

/** What workers connect to. */
export class ProxyServer {
  readonly #deps: ProxyServerDeps;
  readonly #server: Server;
  readonly #streams = new Set<Duplex>();
  #requests = 0;

  constructor(deps: ProxyServerDeps) {
    this.#deps = deps;
    // A body may take as long as a build's context does; only heads are timed.
    this.#server = createServer({
      requestTimeout: 0,
      headersTimeout: HEAD_MS,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: MAX_HEAD_BYTES,
    });
    // Closed unanswered: an answer would cost what is to be saved.
    this.#server.maxConnections = deps.maxConnections;
    this.#server.on('drop', () => deps.verdicts.droppedConnection(deps.maxConnections));
    this.#server.on('request', (request, response) => {
      this.#requests += 1;
      response.once('close', () => (this.#requests -= 1));
      void serveRequest(deps.routes, deps.verdicts, request, response);
    });
    this.#server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
      this.#keep(client);
      void serveAttach(deps.routes, deps.verdicts, { request, client, head });
    });
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#refuse(request, socket, 'CONNECT'));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      if (isGone(error)) socket.destroy();
      else this.#refuse(null, socket, `what is no HTTP request (${error.code ?? error.message})`);
    });
  }

  listen(where: Where): Promise<string> {
    return listen(this.#server, where);
  }

  /** Takes nothing new, waits for what is under way, then cuts it. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = performance.now() + graceMs;
    while (this.#requests + this.#streams.size > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    this.#server.closeAllConnections();
    for (const stream of this.#streams) stream.destroy();
    await closed;
  }

  #keep(socket: Duplex): void {
    this.#streams.add(socket);
    this.#deps.metrics.streams.inc();
    socket.once('close', () => {
      this.#streams.delete(socket);
      this.#deps.metrics.streams.dec();
    });
  }

  #refuse(request: IncomingMessage | null, socket: Duplex, what: string): void {
    socket.on('error', () => undefined);
    this.#deps.verdicts.refusedSocket(request, what);
    // It has its answer already: what is no HTTP came after it.
    if ('bytesWritten' in socket && Number(socket.bytesWritten) > 0) socket.end().resume();
    else if (socket.writable) endWithMessage(socket, 400, `gantry engine proxy: ${what} is not served`);
    else socket.destroy();
  }
}

/** The connection ended: nobody asked for what is not allowed, and nobody reads an answer. */
function isGone({ code = '' }: NodeJS.ErrnoException): boolean {
  return !(code.startsWith('HPE_') || code.startsWith('ERR_HTTP_')) || code === 'HPE_INVALID_EOF_STATE';
}

import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** What is sent to the engine: every word of it is ours. */
export interface EngineRequest {
  method: string;
  path: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: string | Readable;
}

const MAX_FREE_SOCKETS = 16;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const STALE = new Set(['ECONNRESET', 'EPIPE']);

/** The one way to the engine's socket. */
export class EngineLink {
  readonly #where: NetConnectOpts;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS });

  constructor(dockerHost: string) {
    if (dockerHost.startsWith('unix://')) this.#where = { path: dockerHost.slice('unix://'.length) };
    else {
      const { hostname, port } = new URL(dockerHost);
      this.#where = { host: hostname, port: Number(port) };
    }
  }

  /** Resolves with the head of the answer. Aborting drops the request, and the answer when there is one already. */
  async send(request: EngineRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const isReading = request.method === 'GET';
    for (let tries = 1; ; tries += 1) {
      const sent = this.#begin(request, { agent: this.#agent, signal });
      try {
        return await answerOf(sent, request.body);
      } catch (error) {
        // A kept connection that the engine has closed in this very moment. What changes something may have been done by then.
        const isStale = sent.reusedSocket && STALE.has((error as NodeJS.ErrnoException).code ?? '');
        if (!isReading || !isStale || signal.aborted || tries > MAX_FREE_SOCKETS) throw error;
      }
    }
  }

  /** The same for a small answer in JSON; the body is `null` where the engine says no. */
  async ask(request: EngineRequest, signal: AbortSignal): Promise<{ status: number; body: unknown }> {
    const answer = await this.send(request, signal);
    const content = await readCapped(answer, MAX_ANSWER_BYTES);
    const status = answer.statusCode ?? 500;
    return { status, body: status === 200 ? (JSON.parse(content) as unknown) : null };
  }

  /** Asks for a stream in both directions. The socket stays open for what it still has to say when its other half has ended. */
  upgrade(request: EngineRequest): ClientRequest {
    const connection = (): Socket => createConnection({ ...this.#where, allowHalfOpen: true });
    const headers = { ...request.headers, connection: 'Upgrade', upgrade: 'tcp' };
    return this.#begin({ ...request, headers }, { createConnection: connection }).end();
  }

  close(): void {
    this.#agent.destroy();
  }

  #begin({ method, path, query = {}, headers = {} }: EngineRequest, options: object): ClientRequest {
    const parameters = new URLSearchParams(query).toString();
    const where = 'path' in this.#where ? { socketPath: this.#where.path } : this.#where;
    return httpRequest({
      ...where,
      ...options,
      method,
      path: parameters === '' ? path : `${path}?${parameters}`,
      headers: { host: 'docker', ...headers },
    });
  }
}

function answerOf(sent: ClientRequest, body: EngineRequest['body']): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Stays, so that a later failure of the request is not an uncaught one: it shows in the answer too.
    sent.on('error', reject);
    sent.on('response', resolve);
    if (!(body instanceof Readable)) return void sent.end(body);
    // It may have broken off while we were asking something else.
    if (body.errored) return void sent.destroy(body.errored);
    body.on('error', (error) => sent.destroy(error));
    body.pipe(sent);
  });
}

export async function readCapped(stream: Readable, maxBytes: number): Promise<string> {
  let bytes = 0;
  const capped = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new TooLarge();
      yield chunk as Buffer;
    }
  };
  return text(Readable.from(capped()));
}

export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionView } from '@gantry/contracts';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Respond = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

/** A real HTTP server that answers request number n with step n of its script, and every later one with the last step. */
export class ScriptedGateway implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly url: string;
  readonly #server: Server;
  readonly #arrivals = new EventEmitter();

  private constructor(server: Server, steps: readonly Respond[]) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response, steps);
    });
  }

  static async start(...steps: Respond[]): Promise<ScriptedGateway> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedGateway(server, steps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves once `count` requests have come, all in all. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await once(this.#arrivals, 'request');
  }

  async #answer(request: IncomingMessage, response: ServerResponse, steps: readonly Respond[]): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      // The client has gone in the middle of its request.
      return;
    }
    const seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(parts).toString(),
    };
    this.requests.push(seen);
    this.#arrivals.emit('request');
    const step = steps[Math.min(this.requests.length, steps.length) - 1];
    await step?.(response, seen);
  }
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Respond =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

export const problem =
  (status: number, code: string, headers: Record<string, string> = {}, fields: object = {}): Respond =>
  (response) => {
    const body = {
      type: 'about:blank',
      title: 'T',
      status,
      detail: `It is ${code}`,
      instance: 'req-1',
      code,
      suggestion: 'Do better.',
      retryable: status >= 500,
      errors: [],
      ...fields,
    };
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(JSON.stringify(body));
  };

/** Closes the connection without an answer. */
export const breakOff: Respond = (response) => void response.destroy();

/** Sends these texts as an event stream; then the end, or a connection that breaks, or one that stays open. */
export const events =
  (texts: readonly string[], then: 'end' | 'break' | 'stay' = 'end'): Respond =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const text of texts) await new Promise((resolve) => response.write(text, resolve));
    if (then === 'end') response.end();
    if (then === 'break') response.destroy();
  };

/** One event in its wire form. */
export function event(id: number, type: string, data: object): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

export const stdout = (id: number, text: string): string => event(id, 'stdout', { text, encoding: 'utf-8', at: 1 });
export const result = (id: number, fields: Partial<ExecutionView> = {}): string => event(id, 'result', viewOf(fields));

export function viewOf(fields: Partial<ExecutionView> = {}): ExecutionView {
  return {
    execution_id: 'exec_1',
    status: 'completed',
    reason: 'exit_code',
    language: 'python',
    stdout: '',
    stderr: '',
    stdout_encoding: 'utf-8',
    stderr_encoding: 'utf-8',
    stdout_truncated: false,
    stderr_truncated: false,
    exit_code: 0,
    signal: null,
    error_message: null,
    execution_time_seconds: 0.01,
    queue_seconds: 0.001,
    queue: null,
    usage: { cpu_seconds: 0.01, peak_memory_bytes: 9_000_000, peak_processes: 1 },
    limits: null,
    artifacts: [],
    artifacts_omitted: [],
    artifacts_omitted_count: 0,
    sandbox: 'cold',
    attempt: 1,
    worker: 'w1',
    image_id: null,
    image_seconds: null,
    image_digest: 'sha256:00',
    created_at: '2026-11-23T10:00:00.000Z',
    started_at: '2026-11-23T10:00:00.001Z',
    finished_at: '2026-11-23T10:00:00.011Z',
    timestamp: 1_795_428_000,
    cached: false,
    origin_execution_id: null,
    ...fields,
  };
}

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { runCli, type CliIo } from '@gantry/cli';

/** Answers of a service in memory, by method and path; a test changes what it is about. */
export type Routes = Record<string, (response: ServerResponse, body: string) => void>;

export interface Outcome {
  code: number;
  out: Buffer;
  err: string;
  /** Set when the process was left at once. */
  left: number | null;
}

export interface RunOptions {
  /** Standard input. */
  input?: string;
  /** Gets what interrupts the command. */
  act?: (interrupt: () => void) => void;
  /** Standard error is a terminal. */
  bars?: boolean;
}

/** The command line against a service whose answers a test writes. */
export class ScriptedCli implements AsyncDisposable {
  routes: Routes = {};
  requests: { route: string; body: string }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request
        .on('data', (part: Buffer) => parts.push(part))
        .on('end', () => {
          const route = `${request.method} ${request.url}`;
          const body = Buffer.concat(parts).toString();
          this.requests.push({ route, body });
          const missing = { code: 'not_found', detail: `No ${route}`, status: 404 };
          (this.routes[route] ?? json(404, missing))(response, body);
        });
    });
  }

  static async start(): Promise<ScriptedCli> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedCli(server);
  }

  /** Body of the first request of this route. */
  sent(route: string): unknown {
    return JSON.parse(this.requests.find((request) => request.route === route)?.body ?? 'null');
  }

  async run(argv: string[], options: RunOptions = {}): Promise<Outcome> {
    const { input = '', act, bars = false } = options;
    const sinks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const listeners = new Set<() => void>();
    let left: number | null = null;
    const address = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const io: CliIo = {
      stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
      stdout: sink(sinks.stdout),
      stderr: bars ? Object.assign(sink(sinks.stderr), { isTTY: true, columns: 80 }) : sink(sinks.stderr),
      colour: { stdout: false, stderr: false },
      bars,
      terminal: false,
      defaults: { baseUrl: address, apiKey: undefined, adminUrl: address, adminKey: undefined },
      version: '9.9.9',
      onInterrupt: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      exitNow: (code) => void (left ??= code),
    };
    act?.(() => listeners.forEach((listener) => listener()));
    const code = await runCli(argv, io);
    if (listeners.size > 0) throw new Error('A listener for interrupts is left');
    return { code, out: Buffer.concat(sinks.stdout), err: Buffer.concat(sinks.stderr).toString(), left };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function sink(parts: Buffer[]): Writable {
  return new Writable({ write: (part: Buffer, _, done) => (parts.push(part), done()) });
}

export const json =
  (status: number, body: unknown) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const sse =
  (...events: [type: string, data: object][]) =>
  (response: ServerResponse): void => {
    const texts = events.map(([type, data], i) => `id: ${i + 1}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(texts.join(''));
  };

export const output = (text: string, encoding = 'utf-8'): object => ({ text, encoding, at: 1 });

/** An execution as the service tells it. */
export const VIEW = {
  execution_id: 'exec_1',
  status: 'completed',
  reason: 'exit_code',
  language: 'python',
  stdout: 'out',
  stderr: 'err',
  stdout_encoding: 'utf-8',
  stderr_encoding: 'utf-8',
  stdout_truncated: false,
  stderr_truncated: false,
  exit_code: 0,
  signal: null,
  error_message: null,
  execution_time_seconds: 0.01,
  queue_seconds: 0,
  usage: null,
  limits: null,
  artifacts: [] as object[],
  artifacts_omitted: [] as object[],
  artifacts_omitted_count: 0,
  sandbox: null,
  attempt: 1,
  worker: null,
  image_id: null,
  image_seconds: null,
  image_digest: null,
  created_at: '2026-11-23T10:00:00Z',
  started_at: null,
  finished_at: null,
  timestamp: 1,
  cached: false,
  origin_execution_id: null,
};

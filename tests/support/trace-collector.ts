import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeTraces } from './otlp-protobuf.js';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  /** Empty: the root of its trace. */
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 4 producer, 5 consumer. */
  kind: number;
  startNanos: bigint;
  endNanos: bigint;
  traceState: string;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  /** 0 unset, 2 error. */
  status: number;
  resource: Record<string, unknown>;
}

/** An OpenTelemetry collector that takes traces by OTLP over HTTP, in either encoding, and keeps them. */
export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  /** Everything as it came, for what must not be in there. */
  readonly bodies: Buffer[] = [];
  readonly encodings = new Set<string>();
  readonly headers: Record<string, unknown>[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  trace(traceId: string): CollectedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const encoding = request.headers['content-type'] ?? '';
    const known = request.method === 'POST' && request.url === '/v1/traces';
    if (known) this.#take(body, encoding);
    this.headers.push(request.headers);
    response.writeHead(known ? 200 : 404, { 'content-type': encoding }).end(encoding.includes('json') ? '{}' : '');
  }

  #take(body: Buffer, encoding: string): void {
    this.bodies.push(body);
    this.encodings.add(encoding);
    this.spans.push(...(encoding.includes('json') ? fromJson(body) : decodeTraces(body)));
  }
}

interface JsonValue {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
}
interface JsonAttribute {
  key: string;
  value: JsonValue;
}
interface JsonSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  traceState?: string;
  attributes: JsonAttribute[];
  links: { traceId: string; spanId: string }[];
  status: { code: number };
}
interface JsonTraces {
  resourceSpans: { resource: { attributes: JsonAttribute[] }; scopeSpans: { spans: JsonSpan[] }[] }[];
}

function fromJson(body: Buffer): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString('utf8')) as JsonTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        startNanos: BigInt(span.startTimeUnixNano),
        endNanos: BigInt(span.endTimeUnixNano),
        attributes: fromAttributes(span.attributes),
        status: span.status.code,
        resource: fromAttributes(resource.attributes),
      })),
    ),
  );
}

function fromAttributes(attributes: readonly JsonAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const int = value.intValue === undefined ? undefined : Number(value.intValue);
      return [key, value.stringValue ?? int ?? value.doubleValue ?? value.boolValue];
    }),
  );
}

import type { ExecutionView } from '@gantry/contracts';
import { createParser } from 'eventsource-parser';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

/** Plain HTTP against a running gateway, to see exactly what is on the wire. */
export class Api {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, key?: string) {
    this.#url = url;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...this.#headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    let parsed: unknown = text;
    try {
      parsed = JSON.parse(text);
    } catch {
      // Not JSON: a test that expects JSON sees the text.
    }
    return { status: response.status, headers: response.headers, body: parsed as T };
  }

  async execute(request: Record<string, unknown>, headers: Record<string, string> = {}): Promise<ExecutionView> {
    const answer = await this.call<ExecutionView>('POST', '/execute', { wait_seconds: 60, ...request }, headers);
    if (answer.status !== 200)
      throw new Error(`POST /execute answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async submit(request: Record<string, unknown>): Promise<string> {
    const answer = await this.call<{ execution_id: string }>('POST', '/execute/stream', request);
    if (answer.status !== 202)
      throw new Error(`POST /execute/stream answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body.execution_id;
  }

  async get(id: string, waitSeconds = 0): Promise<ExecutionView> {
    return (await this.call<ExecutionView>('GET', `/executions/${id}?wait_seconds=${waitSeconds}`)).body;
  }

  /** Events as they come; ends with the connection. */
  async *stream(
    id: string,
    options: { after?: number; signal?: AbortSignal; root?: 'executions' | 'jobs' } = {},
  ): AsyncGenerator<SentEvent> {
    const headers = options.after === undefined ? {} : { 'last-event-id': String(options.after) };
    const response = await fetch(`${this.#url}/${options.root ?? 'executions'}/${id}/stream`, {
      headers: { ...this.#headers, ...headers },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    if (response.status !== 200 || !response.body)
      throw new Error(`the stream answered ${response.status}: ${await response.text()}`);
    const events: SentEvent[] = [];
    const parser = createParser({
      onEvent: ({ id: eventId, event, data }) =>
        events.push({ id: Number(eventId), type: event ?? '', data: JSON.parse(data) as SentEvent['data'] }),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
      yield* events.splice(0);
    }
  }
}

export interface SentEvent {
  id: number;
  type: string;
  data: Record<string, unknown> & { text?: string; status?: string };
}

export async function collect(events: AsyncIterable<SentEvent>): Promise<SentEvent[]> {
  const all: SentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

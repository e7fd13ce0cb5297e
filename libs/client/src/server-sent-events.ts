import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Deadline } from './deadline.js';
import { openResponse, toClientError, type HttpSettings } from './http.js';
import { GantryProtocolError } from './errors.js';

export interface EventSourceCall {
  path: string;
  /** 0 for all events from the first on. */
  lastEventId: number;
  /** How long nothing at all, not even a heartbeat, may come before the connection counts as dead. */
  idleMs: number;
  signal: AbortSignal | undefined;
  /** The server's wish for the time before the next connection. */
  onRetry: (ms: number) => void;
  /** The server has no event after `lastEventId` and will have none (204). */
  onComplete: () => void;
}

/**
 * The messages of one connection, until the server ends it. Throws our errors when it can't be opened or breaks; leaving the loop
 * closes the connection. Reads only as the consumer does, so that a slow consumer is the server's to hold back.
 */
export async function* readServerSentEvents(
  settings: HttpSettings,
  call: EventSourceCall,
): AsyncGenerator<EventSourceMessage, void, void> {
  const deadline = new Deadline(call.signal);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    deadline.arm(settings.timeoutMs);
    const body = await openStream(settings, call, deadline.signal);
    if (!body) return call.onComplete();
    reader = body.getReader();
    // Bytes of one character may come in two chunks; the decoder keeps the first half.
    const decoder = new TextDecoder();
    let ready: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => ready.push(message), onRetry: call.onRetry });
    for (;;) {
      deadline.arm(call.idleMs);
      const { done, value } = await reader.read();
      deadline.disarm();
      // What is left without a blank line after it is half an event; the next connection brings it whole.
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      const messages = ready;
      ready = [];
      yield* messages;
    }
  } catch (error) {
    throw toClientError(error, settings.baseUrl, deadline.signal);
  } finally {
    deadline.close();
    // A connection that broke rejects here a second time; its error is on its way already.
    await reader?.cancel().catch(() => undefined);
  }
}

async function openStream(
  settings: HttpSettings,
  call: EventSourceCall,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | null> {
  const headers: Record<string, string> = { accept: 'text/event-stream', 'cache-control': 'no-cache' };
  if (call.lastEventId > 0) headers['last-event-id'] = String(call.lastEventId);
  const response = await openResponse(settings, { method: 'GET', path: call.path, headers }, signal);
  if (response.status === 204) return null;
  const type = response.headers.get('content-type') ?? '';
  if (response.body && /^text\/event-stream\b/i.test(type)) return response.body;
  await response.body?.cancel();
  throw new GantryProtocolError(
    `${settings.baseUrl} answered ${type === '' ? 'without a content type' : type} instead of an event stream. Check that the base URL points at Gantry itself.`,
  );
}

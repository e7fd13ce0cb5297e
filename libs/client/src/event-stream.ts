import type { EventSourceMessage } from 'eventsource-parser';
import { delay } from './deadline.js';
import { GantryConnectionError, GantryProtocolError } from './errors.js';
import type { HttpSettings } from './http.js';
import { parseAnswer, type Schema } from './parse-answer.js';
import { backoffMs, retryDelayMs } from './retry.js';
import { readServerSentEvents } from './server-sent-events.js';
import { tryJson } from './try-json.js';

export interface StreamSettings extends HttpSettings {
  streamIdleMs: number;
  /** Connections in a row that may end without a new event. */
  maxReconnects: number;
}

/** A numbered event of some kind. */
export interface SequencedEvent {
  id: number;
  type: string;
  data: unknown;
}

export interface EventsCall<Event extends SequencedEvent> {
  /** Whose events they are, for messages. */
  id: string;
  path: string;
  /** Only events with a larger number are given. */
  after: number;
  /** What each kind of event tells. Other kinds are a newer service's: they are left out. */
  schemas: Record<Event['type'], Schema<unknown>>;
  signal: AbortSignal | undefined;
}

/** The longest pause a server's `retry:` can ask for. */
const MAX_RETRY_WISH_MS = 10_000;

/** An event is missing between two that came. A new connection asks for it again. */
class SequenceGap extends Error {}

/** How far reading has come, over all connections. */
interface Position {
  last: number;
  /** There is nothing more to come. */
  complete: boolean;
  /** The server's wish for the pause between two connections. */
  pauseMs: number;
}

/**
 * All events after `after` up to `result`, in order, without gap or duplicate, over as many connections as it takes. Throws the last
 * failure when several connections in a row brought nothing new, and at once what another try would not change: 401, 404, 410.
 */
export async function* readEvents<Event extends SequencedEvent>(
  settings: StreamSettings,
  call: EventsCall<Event>,
): AsyncGenerator<Event, void, void> {
  const position: Position = { last: call.after, complete: false, pauseMs: 0 };
  for (let failures = 0; ;) {
    const before = position.last;
    const failure = yield* readConnection(settings, call, position);
    if (position.complete) return;
    failures = position.last > before ? 1 : failures + 1;
    const waitMs = reconnectDelayMs(failure, failures, settings);
    if (waitMs === null) throw toFinalError(failure, call.id);
    await delay(Math.max(waitMs, position.pauseMs), call.signal);
  }
}

/** The events of one connection; returns why it ended. */
async function* readConnection<Event extends SequencedEvent>(
  settings: StreamSettings,
  call: EventsCall<Event>,
  position: Position,
): AsyncGenerator<Event, unknown, void> {
  const messages = readServerSentEvents(settings, {
    path: call.path,
    lastEventId: position.last,
    idleMs: settings.streamIdleMs,
    signal: call.signal,
    onRetry: (ms) => void (position.pauseMs = Math.min(ms, MAX_RETRY_WISH_MS)),
    onComplete: () => void (position.complete = true),
  });
  try {
    for await (const message of messages) {
      const event = nextEvent(message, call.schemas, position);
      if (!event) continue;
      yield event;
      if (position.complete) return null;
    }
  } catch (error) {
    return error;
  }
  return new GantryConnectionError(
    'interrupted',
    `The event stream of ${call.id} ended before its result. Try again to go on from where it ended.`,
  );
}

/** The event of a message, if it is the next one and of a known kind; `null` for what was given already. Throws at a gap. */
function nextEvent<Event extends SequencedEvent>(
  message: EventSourceMessage,
  schemas: Record<Event['type'], Schema<unknown>>,
  position: Position,
): Event | null {
  const id = sequenceNumber(message);
  if (id <= position.last) return null;
  if (id !== position.last + 1) throw new SequenceGap(`event ${id} came after ${position.last}`);
  const event = toEvent(message, schemas, id) as Event | null;
  position.last = id;
  position.complete = event?.type === 'result';
  return event;
}

function reconnectDelayMs(failure: unknown, failures: number, settings: StreamSettings): number | null {
  if (failures > settings.maxReconnects) return null;
  if (failure instanceof SequenceGap) return backoffMs(failures, settings.retryBaseMs);
  return retryDelayMs(failure, failures, settings.retryBaseMs);
}

function toFinalError(failure: unknown, id: string): unknown {
  if (!(failure instanceof SequenceGap)) return failure;
  return new GantryProtocolError(
    `The event stream of ${id} has a gap that stays (${failure.message}). Read the result instead.`,
  );
}

function sequenceNumber(message: EventSourceMessage): number {
  const id = Number(message.id);
  if (message.id !== undefined && Number.isSafeInteger(id) && id >= 1) return id;
  throw new GantryProtocolError(
    'An event came without a sequence number. Check that the base URL points at Gantry itself.',
  );
}

/** `null` for a kind of event that this client does not know. Its number counts all the same. */
function toEvent(
  message: EventSourceMessage,
  schemas: Record<string, Schema<unknown>>,
  id: number,
): SequencedEvent | null {
  const type = message.event ?? '';
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (!schema) return null;
  const data = parseAnswer(schema, tryJson(message.data), `Event ${id} (${type})`);
  return { id, type, data };
}

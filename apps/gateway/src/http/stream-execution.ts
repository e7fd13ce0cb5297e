import { AppError, type ExecutionEvent, type ExecutionRecord } from '@gantry/contracts';
import type { EventLog } from '@gantry/core';
import type { Request, Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { requestSignal } from './request-signal.js';
import { SseWriter, type SentEvent } from './sse-writer.js';
import { MAX_OUTPUT_IN_RESULT_EVENT, toResultData, toStreamEvent } from './wire.js';

/** How long the first events may take before the stream is opened without them. */
const FIRST_EVENTS_MS = 200;

/** The events of one job, and what its last one tells. */
export interface StreamSource {
  id: string;
  events: EventLog;
  /** Data of the `result` event; `null` when it is no longer kept. */
  result: () => Promise<object | null>;
}

/** `GET /executions/{id}/stream` */
export function streamExecution(
  deps: GatewayDeps,
  record: ExecutionRecord,
  request: Request,
  response: Response,
): Promise<void> {
  const result = async (): Promise<object | null> => {
    const end = await deps.store.getBounded(record.id, record.tenant, MAX_OUTPUT_IN_RESULT_EVENT);
    return end && toResultData(end.record, end.complete);
  };
  return streamEvents(deps, { id: record.id, events: deps.events, result }, request, response);
}

/**
 * All events after `Last-Event-ID` (or `?after=`), then new ones as they come, until `result`.
 * 204 when the client has had the last one. The log is read only as fast as the client takes it.
 */
export async function streamEvents(
  deps: Pick<GatewayDeps, 'config' | 'metrics' | 'shutdown'>,
  source: StreamSource,
  request: Request,
  response: Response,
): Promise<void> {
  const after = lastEventId(request);
  const signal = requestSignal(response, deps.shutdown);
  const batches = source.events.read(source.id, after, signal)[Symbol.asyncIterator]();
  try {
    let next = batches.next();
    // A history that is gone shall be a 410, not a stream that breaks.
    const first = await Promise.race([
      next,
      new Promise<null>((resolve) => setTimeout(() => resolve(null), FIRST_EVENTS_MS)),
    ]);
    if (first?.done === true && !signal.aborted) {
      response.status(204).end();
      return;
    }
    deps.metrics.streams.inc();
    await using writer = new SseWriter(response, {
      heartbeatMs: deps.config.HEARTBEAT_SECONDS * 1000,
      stallMs: deps.config.STREAM_STALL_SECONDS * 1000,
      onEnd: (bytes) => {
        deps.metrics.streams.dec();
        deps.metrics.eventBytes.inc(bytes);
      },
    });
    for (let batch = await next; batch.done !== true; batch = await next) {
      // Read ahead by one batch while this one is on its way; an error of it counts when its turn comes.
      next = batches.next();
      next.catch(() => undefined);
      await writer.send(await Promise.all(batch.value.map((event) => toWire(source, event))));
    }
  } finally {
    await batches.return?.();
  }
}

async function toWire(source: StreamSource, event: ExecutionEvent): Promise<SentEvent> {
  const result = event.type === 'result' ? await source.result() : {};
  if (!result) throw new AppError('history_gone', `The result of ${source.id} is not kept`);
  return toStreamEvent(event, result);
}

function lastEventId(request: Request): number {
  const value = request.get('last-event-id') ?? request.query['after'] ?? '0';
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) {
    const message = 'must be the id of an event: a whole number';
    throw new AppError('invalid_request', `Last-Event-ID ${message}`, { fields: [{ path: 'Last-Event-ID', message }] });
  }
  return Number(value);
}

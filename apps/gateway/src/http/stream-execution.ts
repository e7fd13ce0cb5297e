import { AppError, type ExecutionEvent, type ExecutionRecord } from '@gantry/contracts';
import type { Request, Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { requestSignal } from './request-signal.js';
import { SseWriter } from './sse-writer.js';
import { toStreamEvent } from './wire.js';

/** How long the first events may take before the stream is opened without them. */
const FIRST_EVENTS_MS = 200;

/**
 * `GET /executions/{id}/stream`: all events after `Last-Event-ID` (or `?after=`), then new ones as they come, until `result`.
 * 204 when the client has had the last one. The log is read only as fast as the client takes it.
 */
export async function streamExecution(
  deps: GatewayDeps,
  record: ExecutionRecord,
  request: Request,
  response: Response,
): Promise<void> {
  const after = lastEventId(request);
  const signal = requestSignal(response, deps.shutdown);
  const batches = deps.events.read(record.id, after, signal)[Symbol.asyncIterator]();
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
      await writer.send(await Promise.all(batch.value.map((event) => toWire(deps, record, event))));
    }
  } finally {
    await batches.return?.();
  }
}

async function toWire(
  deps: GatewayDeps,
  record: ExecutionRecord,
  event: ExecutionEvent,
): Promise<ReturnType<typeof toStreamEvent>> {
  if (event.type !== 'result') return toStreamEvent(event, null);
  const end = await deps.store.get(record.id, record.tenant);
  if (!end) throw new AppError('history_gone', `The result of ${record.id} is not kept`);
  return toStreamEvent(event, end);
}

function lastEventId(request: Request): number {
  const value = request.get('last-event-id') ?? request.query['after'] ?? '0';
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) {
    const message = 'must be the id of an event: a whole number';
    throw new AppError('invalid_request', `Last-Event-ID ${message}`, { fields: [{ path: 'Last-Event-ID', message }] });
  }
  return Number(value);
}

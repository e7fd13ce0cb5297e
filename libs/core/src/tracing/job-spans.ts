import type { JobRecord } from '@gantry/contracts';
import type { Clock, Span, SpanAttributes, SpanOptions, TraceContext, Tracer } from '../ports/index.js';
import { traceOf } from '../trace-context.js';
import { SPAN } from './span-names.js';

/** Executions and image jobs, as the queues of both are called. */
type QueueName = 'execution' | 'image';

const ID_ATTRIBUTE = { execution: 'gantry.execution.id', image: 'gantry.job.id' } as const;

function messaging(queue: QueueName, id: string, operation: 'send' | 'process'): SpanAttributes {
  return {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.message.id': id,
    [ID_ATTRIBUTE[queue]]: id,
  };
}

/** The span in which a job is brought into record and queue; the worker's spans are its children. */
export function sendSpan(offer: { id: string; tenant: string; kind?: string | undefined }): {
  name: string;
  options: SpanOptions;
} {
  // Only image jobs have a kind.
  const queue = offer.kind === undefined ? 'execution' : 'image';
  return {
    name: queue === 'execution' ? SPAN.sendExecution : SPAN.sendImage,
    options: {
      kind: 'producer',
      attributes: { ...messaging(queue, offer.id, 'send'), 'gantry.tenant': offer.tenant, 'gantry.kind': offer.kind },
    },
  };
}

export interface JobSpanDeps {
  tracer: Tracer;
  clock: Clock;
  workerId: string;
}

/** The work on a delivered job in a span of its own, after one for the time it has waited; `end` tells what came of it. */
export function inJobSpan<End extends { trace: TraceContext | null }>(
  deps: JobSpanDeps,
  job: { queue: QueueName; record: JobRecord<unknown, unknown>; attributes: SpanAttributes },
  work: { run: () => Promise<End | null>; tell: (span: Span, end: End) => void },
): Promise<End | null> {
  const { tracer, clock, workerId } = deps;
  const { queue, record } = job;
  const parent = traceOf(record);
  const attributes = {
    ...messaging(queue, record.id, 'process'),
    'gantry.tenant': record.tenant,
    'gantry.worker': workerId,
    ...job.attributes,
  };
  const waited = (): void => {
    // Two clocks: that of Redis and ours.
    const times = { fromMs: record.createdAt, toMs: Math.max(record.createdAt, clock.now()) };
    tracer.past(SPAN.queueWait, { parent, attributes: { [ID_ATTRIBUTE[queue]]: record.id } }, times);
  };
  if (parent) waited();
  const name = queue === 'execution' ? SPAN.processExecution : SPAN.processImage;
  return tracer.span(name, { kind: 'consumer', parent, attributes }, async (span) => {
    if (!parent) waited();
    const end = await work.run();
    if (!end) {
      span.set({ 'gantry.outcome': 'nothing_to_write' });
      return null;
    }
    work.tell(span, end);
    return { ...end, trace: tracer.current() };
  });
}

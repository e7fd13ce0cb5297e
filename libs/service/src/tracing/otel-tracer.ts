import { AppError, ERROR_CATALOGUE } from '@gantry/contracts';
import type { Span, SpanAttributes, SpanOptions, TraceContext, Tracer } from '@gantry/core';
import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer as VendorTracer,
} from '@opentelemetry/api';
import { activeSpan, type ActiveSpan } from './active-span.js';

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

/** Spans by OpenTelemetry. What is under way is kept with the chain of calls, so that spans find their parent by themselves. */
export class OtelTracer implements Tracer {
  readonly records = true;
  readonly #tracer: VendorTracer;

  constructor(tracer: VendorTracer) {
    this.#tracer = tracer;
  }

  async span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const open = new OpenSpan(this.#start(name, options));
    try {
      return await activeSpan.run(open, work, open);
    } catch (error) {
      open.blame(error);
      throw error;
    } finally {
      open.end();
    }
  }

  past(name: string, options: SpanOptions, { fromMs, toMs }: { fromMs: number; toMs: number }): void {
    this.#start(name, options, fromMs).end(toMs);
  }

  current(): TraceContext | null {
    return activeSpan.getStore()?.context ?? null;
  }

  #start(name: string, options: SpanOptions, startTime?: number): OtelSpan {
    const { kind, attributes = {}, parent, links = [] } = options;
    const around = parent ? toSpanContext(parent) : spanContextOf(activeSpan.getStore());
    const context: Context = around ? trace.setSpanContext(ROOT_CONTEXT, around) : ROOT_CONTEXT;
    const linked = links.flatMap((link) => (link ? [{ context: toSpanContext(link) }] : []));
    return this.#tracer.startSpan(
      name,
      {
        kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind],
        attributes: known(attributes),
        links: linked,
        ...(startTime === undefined ? {} : { startTime }),
      },
      context,
    );
  }
}

class OpenSpan implements Span, ActiveSpan {
  readonly context: TraceContext;
  readonly spanContext: SpanContext;
  readonly #span: OtelSpan;

  constructor(span: OtelSpan) {
    this.#span = span;
    this.spanContext = span.spanContext();
    const { traceId, spanId, traceFlags, traceState } = this.spanContext;
    const sampled = traceFlags & TraceFlags.SAMPLED;
    this.context = { traceparent: `00-${traceId}-${spanId}-0${sampled}`, tracestate: traceState?.serialize() || null };
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(known(attributes));
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  fail(kind: string): void {
    this.#span.setAttribute('error.type', kind);
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  link(other: TraceContext | null): void {
    if (other) this.#span.addLink({ context: toSpanContext(other) });
  }

  /** By its code alone: a message may have what only its user should read. What a client did wrong is no error of ours. */
  blame(error: unknown): void {
    if (!(error instanceof AppError)) this.fail('internal_error');
    else if (ERROR_CATALOGUE[error.code].status >= 500) this.fail(error.code);
    else this.#span.setAttribute('error.type', error.code);
  }

  end(): void {
    this.#span.end();
  }
}

function spanContextOf(active: ActiveSpan | undefined): SpanContext | null {
  if (active === undefined) return null;
  return active instanceof OpenSpan ? active.spanContext : toSpanContext(active.context);
}

function toSpanContext({ traceparent, tracestate }: TraceContext): SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  const traceFlags = flags === '01' ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context = { traceId, spanId, traceFlags, isRemote: true };
  return tracestate === null ? context : { ...context, traceState: createTraceState(tracestate) };
}

function known(attributes: SpanAttributes): Attributes {
  const found: Attributes = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value != null) found[name] = value;
  }
  return found;
}

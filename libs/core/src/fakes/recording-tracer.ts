import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span, SpanAttributes, SpanOptions, TraceContext, Tracer } from '../ports/index.js';

export interface RecordedSpan extends SpanOptions {
  name: string;
  /** Name of the span around it; the traceparent of a remote one. */
  within: string | null;
  attributes: SpanAttributes;
  failed: string | null;
  linked: (TraceContext | null)[];
  ended: boolean;
}

/** Keeps the spans in memory. */
export class RecordingTracer implements Tracer {
  readonly records = true;
  readonly spans: RecordedSpan[] = [];
  readonly #active = new AsyncLocalStorage<{ span: RecordedSpan; context: TraceContext }>();

  async span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const span = this.#begin(name, options);
    const number = this.spans.length.toString(16);
    const context = { traceparent: `00-${'1'.repeat(32)}-${number.padStart(16, '0')}-01`, tracestate: null };
    const handle: Span = {
      context,
      set: (attributes) => void (span.attributes = { ...span.attributes, ...attributes }),
      rename: (newName) => void (span.name = newName),
      fail: (kind) => void (span.failed = kind),
      link: (other) => void span.linked.push(other),
    };
    try {
      return await this.#active.run({ span, context }, work, handle);
    } finally {
      span.ended = true;
    }
  }

  past(name: string, options: SpanOptions): void {
    this.#begin(name, options).ended = true;
  }

  current(): TraceContext | null {
    return this.#active.getStore()?.context ?? null;
  }

  #begin(name: string, options: SpanOptions): RecordedSpan {
    const within = options.parent?.traceparent ?? this.#active.getStore()?.span.name ?? null;
    const span = {
      ...options,
      name,
      within,
      attributes: { ...options.attributes },
      failed: null,
      linked: [],
      ended: false,
    };
    this.spans.push(span);
    return span;
  }
}

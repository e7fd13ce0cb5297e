import { IDLE_SPAN, type Span, type SpanOptions, type TraceContext, type Tracer } from '@gantry/core';
import { activeSpan } from './active-span.js';

/**
 * Records nothing, but hands a client's trace on, to the queue and into the log: others may record it. What comes without a trace costs
 * nothing.
 */
export class PassingTracer implements Tracer {
  readonly records = false;

  span<T>(_name: string, { parent }: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    return parent == null ? work(IDLE_SPAN) : activeSpan.run({ context: parent }, work, IDLE_SPAN);
  }

  past(): void {
    // Nobody hears of it.
  }

  current(): TraceContext | null {
    return activeSpan.getStore()?.context ?? null;
  }
}

import type { Span, Tracer } from '../ports/index.js';

const nothing = (): void => undefined;

/** One that nobody hears of. */
export const IDLE_SPAN: Span = { context: null, set: nothing, rename: nothing, fail: nothing, link: nothing };

/** Traces nothing. */
export const idleTracer: Tracer = {
  records: false,
  span: (_name, _options, work) => work(IDLE_SPAN),
  past: nothing,
  current: () => null,
};

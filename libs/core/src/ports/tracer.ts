/** Where a trace goes on in another process, in the words of W3C Trace Context. */
export interface TraceContext {
  traceparent: string;
  tracestate: string | null;
}

/** What is not known is left out. Never code, output, keys or environment. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface SpanOptions {
  /** `server` answers a request, `producer` and `consumer` are the two ends of a queue; left out: work inside one process. */
  kind?: 'server' | 'producer' | 'consumer';
  attributes?: SpanAttributes;
  /** From another process, instead of the span around this one; `null` as if left out. */
  parent?: TraceContext | null;
  /** Of other traces that this has to do with. */
  links?: readonly (TraceContext | null)[];
}

/** A piece of work that is under way. */
export interface Span {
  /** To be told to whoever asked; `null` = nothing is recorded here. */
  readonly context: TraceContext | null;
  set(attributes: SpanAttributes): void;
  rename(name: string): void;
  /** It went wrong on our side, by an error of this kind. A program that fails is no failure of ours. */
  fail(kind: string): void;
  /** Another trace has to do with this; `null` is no other. */
  link(other: TraceContext | null): void;
}

/** Tells what was done when, over all processes. Never throws by itself, and never waits. */
export interface Tracer {
  /** False: what has no `parent` of its own need not be told at all. */
  readonly records: boolean;
  /** Runs the work inside a span: what begins in it is its child. What the work throws marks the span and is thrown on. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** A span of what is over already; epoch ms. */
  past(name: string, options: SpanOptions, times: { fromMs: number; toMs: number }): void;
  /** The span around this, to be handed to another process; `null` when there is none. */
  current(): TraceContext | null;
}

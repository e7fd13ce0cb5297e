import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { Clock, Logger } from '@gantry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

const TELL_EVERY_MS = 60_000;
const MAX_REASON = 200;

/** Says when spans do not reach their collector, once a minute at most, and when they do again. */
export class WatchedExporter implements SpanExporter {
  readonly #inner: SpanExporter;
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #lost = 0;
  #broken = false;
  #toldAt = -Infinity;

  constructor(inner: SpanExporter, logger: Logger, clock: Pick<Clock, 'monotonic'>) {
    this.#inner = inner;
    this.#logger = logger;
    this.#clock = clock;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#inner.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.#sent();
      else this.#failed(spans.length, result.error);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }

  #sent(): void {
    if (this.#broken) this.#logger.info({ lostSpans: this.#lost }, 'traces are sent again');
    this.#broken = false;
    this.#lost = 0;
  }

  #failed(spans: number, error: Error | undefined): void {
    this.#broken = true;
    this.#lost += spans;
    const now = this.#clock.monotonic();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    const reason = (error?.message ?? 'unknown').slice(0, MAX_REASON);
    this.#logger.warn({ reason, lostSpans: this.#lost }, 'traces could not be sent');
  }
}

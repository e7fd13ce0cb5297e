import { once } from 'node:events';
import type { StreamEvent } from '@gantry/contracts';
import type { Response } from 'express';

export interface SseWriterOptions {
  heartbeatMs: number;
  /** A client that takes nothing for this long is cut. */
  stallMs: number;
  onEnd: (bytes: number) => void;
}

/** Server-sent events to one client, never more than one event ahead of what it takes. */
export class SseWriter implements AsyncDisposable {
  readonly #response: Response;
  readonly #options: SseWriterOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #bytes = 0;

  constructor(response: Response, options: SseWriterOptions) {
    this.#response = response;
    this.#options = options;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    this.#heartbeat = setInterval(() => {
      // Nothing is queued behind a client that does not read.
      if (response.writableLength === 0) response.write(': still here\n\n');
    }, options.heartbeatMs);
  }

  /** Resolves when the client has taken enough for the next one. Throws when it has gone or stalled. */
  async send(event: StreamEvent): Promise<void> {
    const text = `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
    this.#bytes += text.length;
    if (this.#response.write(text)) return;
    const stalled = AbortSignal.timeout(this.#options.stallMs);
    const gone = new AbortController();
    const onClose = (): void => gone.abort(new Error('The client has gone away'));
    this.#response.once('close', onClose);
    try {
      if (this.#response.destroyed) return;
      await once(this.#response, 'drain', { signal: AbortSignal.any([stalled, gone.signal]) });
    } catch {
      this.#response.destroy();
    } finally {
      this.#response.off('close', onClose);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#options.onEnd(this.#bytes);
    if (!this.#response.destroyed) this.#response.end();
  }
}

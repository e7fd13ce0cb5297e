import type { Response } from 'express';

export interface SentEvent {
  id: number;
  type: string;
  /** Goes out as JSON; as it is, when it is that already. */
  data: object | string;
}

export interface SseWriterOptions {
  heartbeatMs: number;
  /** A client that takes nothing for this long is cut. */
  stallMs: number;
  onEnd: (bytes: number) => void;
}

/** Server-sent events to one client, never more than one batch ahead of what it takes. */
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

  /** Sends a batch in one piece. Resolves when the client has taken enough for the next one, or has gone. */
  async send(events: readonly SentEvent[]): Promise<void> {
    let text = '';
    for (const { id, type, data } of events)
      text += `id: ${id}\nevent: ${type}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
    this.#bytes += text.length;
    if (this.#response.write(text)) return;
    await this.#drained();
  }

  /** Until the client has taken what was written; one that takes nothing for too long is cut. */
  #drained(): Promise<void> {
    const response = this.#response;
    if (response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        response.off('drain', done).off('close', done);
        resolve();
      };
      const timer = setTimeout(() => response.destroy(), this.#options.stallMs);
      response.on('drain', done).on('close', done);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#options.onEnd(this.#bytes);
    if (!this.#response.destroyed) this.#response.end();
  }
}

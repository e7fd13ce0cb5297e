type RequestId = string | number;

/** The calls that this process is answering, so that a cancellation in another request of the same session finds its call. */
export class LiveCalls {
  readonly #running = new Map<string, AbortController>();

  /** The calls of one session of one tenant. A session id is whatever the client sends, so it counts only within its tenant. */
  of(
    tenant: string,
    session: string,
  ): { begin(request: RequestId, stop: AbortController): Disposable; cancel(request: RequestId): void } {
    const keyOf = (request: RequestId): string => JSON.stringify([tenant, session, request]);
    return {
      begin: (request, stop) => {
        const key = keyOf(request);
        this.#running.set(key, stop);
        return {
          [Symbol.dispose]: () => {
            // A client that uses an id twice at once has taken the place over.
            if (this.#running.get(key) === stop) this.#running.delete(key);
          },
        };
      },
      cancel: (request) => this.#running.get(keyOf(request))?.abort(),
    };
  }
}

/** Bytes from one that pushes to one that pulls. The pusher waits until a piece is taken; a puller that stops is no fault of the pusher. */
export class PieceFeed implements AsyncIterable<Uint8Array> {
  #piece: Uint8Array | null = null;
  #over: { error: Error | null } | null = null;
  #left = false;
  #wakePuller = (): void => undefined;
  #wakePusher = (): void => undefined;

  /** Resolves when the piece is taken, or when nobody will take it. Not to be called again before. */
  async push(piece: Uint8Array): Promise<void> {
    if (this.#left) return;
    this.#piece = piece;
    this.#wakePuller();
    await new Promise<void>((resolve) => (this.#wakePusher = resolve));
  }

  /** @param error thrown to the puller instead of an orderly end */
  end(error: Error | null = null): void {
    this.#over = { error };
    this.#wakePuller();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        if (this.#piece) {
          const piece = this.#piece;
          this.#piece = null;
          this.#wakePusher();
          yield piece;
        } else if (this.#over) {
          if (this.#over.error) throw this.#over.error;
          return;
        } else await new Promise<void>((resolve) => (this.#wakePuller = resolve));
      }
    } finally {
      this.leave();
    }
  }

  /** Nothing will be pulled any more. */
  leave(): void {
    this.#left = true;
    this.#wakePusher();
  }
}

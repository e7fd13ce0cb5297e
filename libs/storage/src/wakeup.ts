/** A flag that one waiter waits for. Called before the wait, it ends the wait at once: no call is missed. */
export class Wakeup implements Disposable {
  #called = false;
  #resolve: (() => void) | null = null;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#resolve?.();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
  }

  call(): void {
    this.#called = true;
    this.#resolve?.();
  }

  reset(): void {
    this.#called = false;
  }

  /** True when called; false after the time, or when a signal aborts. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#called || this.#signal?.aborted || signal?.aborted) return this.#called;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      timer = setTimeout(resolve, Math.min(timeoutMs, 2 ** 31 - 1));
      signal?.addEventListener('abort', this.#onAbort);
    });
    clearTimeout(timer);
    signal?.removeEventListener('abort', this.#onAbort);
    this.#resolve = null;
    return this.#called;
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#resolve?.();
  }
}

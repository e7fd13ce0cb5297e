/** Why a deadline aborted, so that it can be told from the caller's own abort. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`No answer within ${afterMs / 1000} s`);
    this.afterMs = afterMs;
  }
}

/**
 * A signal that fires with the caller's signal, or when an armed time has passed. It can be armed again for every read of a stream.
 * `close` ends timer and listener; without it a long-lived caller's signal would collect listeners.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuterAbort: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#onOuterAbort = () => this.#controller.abort(outer?.reason);
    if (outer?.aborted) this.#onOuterAbort();
    else outer?.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Fires after `ms` from now, in place of an earlier arming. */
  arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new DeadlinePassed(ms)), ms);
  }

  disarm(): void {
    clearTimeout(this.#timer);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
  }
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => (wake = resolve));
  const timer = setTimeout(wake, ms);
  signal?.addEventListener('abort', wake, { once: true });
  try {
    await woken;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', wake);
  }
  signal?.throwIfAborted();
}

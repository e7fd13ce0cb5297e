export type StopReason = 'cancelled' | 'lost' | 'shutdown';

interface Active {
  attempt: number;
  abort: AbortController;
}

/** The attempts that this worker runs now, so that a cancellation or a lost lease finds its program. */
export class ActiveAttempts {
  readonly #active = new Map<string, Active>();

  /** Registers an attempt; dispose the result when it has ended. */
  enter(id: string, attempt: number): Disposable & { signal: AbortSignal } {
    // An earlier attempt that this worker has lost and does not know yet: it came back here.
    this.stop(id, 'lost');
    const abort = new AbortController();
    const entry = { attempt, abort };
    this.#active.set(id, entry);
    return {
      signal: abort.signal,
      [Symbol.dispose]: () => {
        if (this.#active.get(id) === entry) this.#active.delete(id);
      },
    };
  }

  list(): { id: string; attempt: number }[] {
    return [...this.#active].map(([id, { attempt }]) => ({ id, attempt }));
  }

  has(id: string): boolean {
    return this.#active.has(id);
  }

  /** Kills the program of this execution, if it is ours. The signal's reason is `why`. */
  stop(id: string, why: StopReason): void {
    this.#active.get(id)?.abort.abort(why);
  }
}

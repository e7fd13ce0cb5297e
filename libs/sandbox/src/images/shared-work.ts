import type { BuildWatcher } from '@gantry/core';

interface Member {
  watcher: BuildWatcher;
}

/**
 * Work that several callers want done once. Each sees what is told from when it joined; one whose signal aborts leaves, and when the last
 * has left, the work is aborted.
 */
export class SharedWork<T> {
  readonly #members = new Set<Member>();
  readonly #abort = new AbortController();
  readonly #done: Promise<T>;
  #progress: Parameters<BuildWatcher['progress']> | null = null;

  constructor(work: (watcher: BuildWatcher, signal: AbortSignal) => Promise<T>) {
    const watcher: BuildWatcher = {
      line: (text) => this.#members.forEach((member) => member.watcher.line(text)),
      progress: (message, percent) => {
        this.#progress = percent === undefined ? [message] : [message, percent];
        this.#members.forEach((member) => member.watcher.progress(...(this.#progress ?? [message])));
      },
    };
    this.#done = work(watcher, this.#abort.signal);
    this.#done.catch(() => undefined);
  }

  /** Nobody may join it any more. */
  get abandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Settles when the work has, however it ended. */
  async ended(): Promise<void> {
    await this.#done.catch(() => undefined);
  }

  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** The work's result, or the signal's reason. The last to leave waits until what was begun is gone. */
  async join(watcher: BuildWatcher, signal: AbortSignal): Promise<T> {
    const member = { watcher };
    this.#members.add(member);
    if (this.#progress) watcher.progress(...this.#progress);
    let onAbort = (): void => undefined;
    const left = new Promise<'left'>((resolve) => {
      onAbort = () => resolve('left');
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
    try {
      const outcome = await Promise.race([this.#done.then((value) => ({ value })), left]);
      if (outcome !== 'left') return outcome.value;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#members.delete(member);
    }
    if (this.#members.size === 0) {
      this.#abort.abort(signal.reason);
      await this.ended();
    }
    throw signal.reason;
  }
}

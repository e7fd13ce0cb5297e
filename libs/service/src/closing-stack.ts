import type { Logger } from '@gantry/core';

/** What was opened, closed in reverse order; one that fails does not keep the others open. */
export class ClosingStack {
  readonly #closers: { name: string; close: () => Promise<void> | void }[] = [];
  readonly #logger: Logger;
  #closing: Promise<void> | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  defer(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  /** Safe to call more than once; every call waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      try {
        await closer.close();
      } catch (error) {
        this.#logger.warn({ err: error, part: closer.name }, 'closing failed');
      }
    }
  }
}

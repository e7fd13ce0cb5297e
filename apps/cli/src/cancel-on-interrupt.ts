import { EXIT } from './exit-code.js';
import { reportError } from './error-text.js';
import { visible } from './format-values.js';
import type { CliIo } from './io.js';

export interface Cancellable {
  io: CliIo;
  /** Asks the service to end what has this id. */
  cancel: (id: string) => Promise<unknown>;
  /** A line for the person at the terminal. */
  tell: (line: string) => Promise<void>;
}

/**
 * The first Ctrl-C cancels the execution or build, and its end is waited for; the second leaves at once. An interrupt that comes before the
 * service has named the execution is carried out as soon as it has.
 */
export class CancelOnInterrupt {
  readonly #what: Cancellable;
  readonly #release: () => void;
  #id: string | null = null;
  #interrupts = 0;

  constructor(what: Cancellable) {
    this.#what = what;
    this.#release = what.io.onInterrupt(() => void this.#interrupted());
  }

  /** What to cancel from now on. */
  submitted(id: string): void {
    this.#id = id;
    if (this.#interrupts > 0) void this.#cancel(id);
  }

  close(): void {
    this.#release();
  }

  async #interrupted(): Promise<void> {
    this.#interrupts++;
    if (this.#interrupts > 1) return this.#what.io.exitNow(EXIT.interrupted);
    if (this.#id !== null) return this.#cancel(this.#id);
    await this.#what.tell('Cancelling once the service has answered; Ctrl-C again leaves at once.');
  }

  async #cancel(id: string): Promise<void> {
    await this.#what.tell(`Cancelling ${visible(id)}; Ctrl-C again leaves without waiting for its end.`);
    try {
      await this.#what.cancel(id);
    } catch (error) {
      await this.#what.tell(
        `${visible(id)} could not be cancelled and may go on: ${reportError(error).lines[0] ?? ''}`,
      );
    }
  }
}

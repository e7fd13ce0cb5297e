import type { GantryClient } from '@gantry/client';
import { EXIT } from './exit-code.js';
import { reportError } from './error-text.js';
import { visible } from './format-values.js';
import type { CliIo } from './io.js';

/**
 * The first Ctrl-C cancels the execution, and its end is waited for; the second leaves at once. An interrupt that comes before the
 * service has named the execution is carried out as soon as it has.
 */
export class CancelOnInterrupt {
  readonly #client: GantryClient;
  readonly #io: CliIo;
  readonly #tell: (line: string) => Promise<void>;
  readonly #release: () => void;
  #id: string | null = null;
  #interrupts = 0;

  constructor(client: GantryClient, io: CliIo, tell: (line: string) => Promise<void>) {
    this.#client = client;
    this.#io = io;
    this.#tell = tell;
    this.#release = io.onInterrupt(() => void this.#interrupted());
  }

  /** The execution to cancel from now on. */
  submitted(id: string): void {
    this.#id = id;
    if (this.#interrupts > 0) void this.#cancel(id);
  }

  close(): void {
    this.#release();
  }

  async #interrupted(): Promise<void> {
    this.#interrupts++;
    if (this.#interrupts > 1) return this.#io.exitNow(EXIT.interrupted);
    if (this.#id !== null) return this.#cancel(this.#id);
    await this.#tell('Cancelling once the service has answered; Ctrl-C again leaves at once.');
  }

  async #cancel(id: string): Promise<void> {
    await this.#tell(`Cancelling ${visible(id)}; Ctrl-C again leaves without waiting for its end.`);
    try {
      await this.#client.cancel(id);
    } catch (error) {
      await this.#tell(`${visible(id)} could not be cancelled and may go on: ${reportError(error).lines[0] ?? ''}`);
    }
  }
}

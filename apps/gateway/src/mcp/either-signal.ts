/**
 * Aborts when one of the signals does. Unlike `AbortSignal.any` it leaves nothing behind at a signal that lives as long as the
 * process: Node 20 keeps a reference there for every signal that was ever made.
 */
export class EitherSignal implements Disposable {
  readonly signal: AbortSignal;
  readonly #sources: readonly AbortSignal[];
  readonly #abort: () => void;

  constructor(...sources: AbortSignal[]) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#sources = sources;
    this.#abort = () => controller.abort();
    for (const source of sources) {
      source.addEventListener('abort', this.#abort);
      if (source.aborted) this.#abort();
    }
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#abort);
  }
}

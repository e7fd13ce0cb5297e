/** Aborts when either of two signals does, with its reason. Disposing it leaves nothing behind on a signal that lives for ever. */
export class LinkedSignal implements Disposable {
  readonly signal: AbortSignal;
  readonly #unlink: () => void;

  constructor(first: AbortSignal, second: AbortSignal) {
    const controller = new AbortController();
    const follow = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
    for (const source of [first, second]) {
      if (source.aborted) controller.abort(source.reason);
      else source.addEventListener('abort', follow, { once: true });
    }
    this.signal = controller.signal;
    this.#unlink = () => [first, second].forEach((source) => source.removeEventListener('abort', follow));
  }

  [Symbol.dispose](): void {
    this.#unlink();
  }
}

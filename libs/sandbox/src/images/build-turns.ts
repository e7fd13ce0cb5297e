/** So many builds at once on one worker, whoever caused them. In the order of asking. */
export class BuildTurns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(concurrency: number) {
    this.#free = concurrency;
  }

  /** Resolves when it is one's turn, which disposing ends. `onWait` is called when there is none at once. Throws the signal's reason. */
  async take(onWait: () => void, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else {
      onWait();
      await this.#wait(signal);
    }
    let over = false;
    const dispose = (): void => {
      if (!over) this.#next();
      over = true;
    };
    return { [Symbol.dispose]: dispose };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    let begin = (): void => undefined;
    let leave = (): void => undefined;
    const begun = new Promise<void>((resolve, reject) => {
      begin = resolve;
      leave = () => reject(signal.reason as Error);
    });
    this.#waiting.push(begin);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await begun;
    } catch (error) {
      const at = this.#waiting.indexOf(begin);
      // It may have become one's turn in the very moment of leaving.
      if (at >= 0) this.#waiting.splice(at, 1);
      else this.#next();
      throw error;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #next(): void {
    const begin = this.#waiting.shift();
    if (begin) begin();
    else this.#free += 1;
  }
}

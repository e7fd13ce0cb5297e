import type { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';

/** One line at the bottom of a terminal; it vanishes when it is over. */
export class ProgressBar implements Disposable {
  readonly #stream: Writable;
  readonly #total: number;
  #bar: SingleBar | null = null;
  #value = 0;
  #label = '';

  constructor(stream: Writable, total: number) {
    this.#stream = stream;
    this.#total = Math.max(total, 1);
  }

  /** `label` must not hold control characters. */
  update(value: number, label: string): void {
    this.#value = Math.min(value, this.#total);
    this.#label = label;
    if (this.#bar) this.#bar.update(this.#value, { label });
    else this.#start();
  }

  /** Takes the bar away; the next update, or `show`, brings it back. */
  hide(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  show(): void {
    if (!this.#bar && this.#label !== '') this.#start();
  }

  [Symbol.dispose](): void {
    this.hide();
  }

  #start(): void {
    this.#bar = new SingleBar({
      stream: this.#stream,
      format: '{bar} {percentage}% {label}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
    });
    this.#bar.start(this.#total, this.#value, { label: this.#label });
  }
}

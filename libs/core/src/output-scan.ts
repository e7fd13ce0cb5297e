import { isUtf8 } from 'node:buffer';
import type { OutputText } from '@gantry/contracts';
import { CodePointCutter } from './code-point-cutter.js';

/** What is to be known of an output that is not held: whether it is text, and what was left out. */
export class OutputScan {
  readonly #cutter = new CodePointCutter(Number.POSITIVE_INFINITY);
  #isText = true;
  #truncated = false;
  #dropped = 0;
  #bytes = 0;

  write(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#look(this.#cutter.push(bytes));
  }

  gap(bytes: number): void {
    this.#truncated = true;
    this.#cutter.gap(bytes);
  }

  /** The log has the text. */
  logged(): OutputText {
    this.#look(this.#cutter.end());
    const encoding = this.#isText ? 'utf-8' : 'base64';
    return { text: '', encoding, truncated: this.#truncated, droppedBytes: this.#dropped, logged: true };
  }

  /** Nobody has it. */
  lost(): OutputText {
    return { text: '', encoding: 'utf-8', truncated: true, droppedBytes: this.#dropped + this.#bytes };
  }

  #look(pieces: ReturnType<CodePointCutter['push']>): void {
    for (const { bytes, droppedBefore } of pieces) {
      this.#dropped += droppedBefore;
      this.#isText &&= isUtf8(bytes);
    }
  }
}

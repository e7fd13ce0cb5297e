import { Transform, type TransformCallback } from 'node:stream';
import { tooLarge } from './policy/refusal.js';

/** Of what may be read beyond the files: heads, long names and attributes of the next one, padding, and what streams read ahead. */
const SLACK_BYTES = 256 * 1024;

/**
 * Lets a tar through as far as its files are known. Its reader keeps the attributes of a file in memory until they are complete, whatever size
 * they claim to have, and reads zeros for ever; so does nobody here.
 */
export class ContextMeter extends Transform {
  readonly #maxBytes: number;
  #files = 0;
  #seen = 0;
  #allowed = SLACK_BYTES;

  /** @param maxBytes of the files together */
  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  /** A file of this size comes. Throws a `Refusal` when it is too much. */
  expect(size: number): void {
    this.#files += size;
    if (this.#files > this.#maxBytes)
      throw tooLarge(`the files of the build context have more than ${this.#maxBytes} bytes (MAX_INPUT_BYTES)`);
    this.#allowed = this.#seen + size + SLACK_BYTES;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seen += chunk.length;
    if (this.#seen > this.#allowed) done(tooLarge('the build context has more than its files'));
    else done(null, chunk);
  }
}

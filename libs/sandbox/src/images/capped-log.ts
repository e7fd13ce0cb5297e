const HALF_BYTES = 512 * 1024;

/**
 * A build's log with a ceiling: lines go on as they come until half of it is used; of what follows the end is kept, and comes when the
 * build has ended.
 */
export class CappedLog {
  readonly #write: (line: string) => void;
  readonly #halfBytes: number;
  #headBytes = 0;
  #tail: string[] = [];
  #tailBytes = 0;
  #dropped = 0;

  constructor(write: (line: string) => void, halfBytes = HALF_BYTES) {
    this.#write = write;
    this.#halfBytes = halfBytes;
  }

  line(text: string): void {
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#tail.length === 0 && this.#headBytes + bytes <= this.#halfBytes) {
      this.#headBytes += bytes;
      return this.#write(text);
    }
    this.#tail.push(text);
    this.#tailBytes += bytes;
    while (this.#tailBytes > this.#halfBytes && this.#tail.length > 1) {
      this.#tailBytes -= Buffer.byteLength(this.#tail.shift() ?? '') + 1;
      this.#dropped += 1;
    }
  }

  end(): void {
    if (this.#dropped > 0) this.#write(`… ${this.#dropped} lines left out …`);
    for (const text of this.#tail.splice(0)) this.#write(text);
  }
}

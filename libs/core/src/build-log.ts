import { EMPTY_OUTPUT, type OutputText } from '@gantry/contracts';

const HALF_CHARACTERS = 256 * 1024;
const MAX_LINE_CHARACTERS = 4096;

/** The lines of a build for its result: head and tail of a bounded length, with a line between them that says what is missing. */
export class BuildLog {
  readonly #head: string[] = [];
  readonly #tail: string[] = [];
  #headLength = 0;
  #tailLength = 0;
  #dropped = 0;

  line(text: string): void {
    const line = text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)} …` : text;
    if (this.#tail.length === 0 && this.#headLength + line.length < HALF_CHARACTERS) {
      this.#head.push(line);
      this.#headLength += line.length + 1;
      return;
    }
    this.#tail.push(line);
    this.#tailLength += line.length + 1;
    while (this.#tailLength > HALF_CHARACTERS) {
      this.#tailLength -= (this.#tail.shift() ?? '').length + 1;
      this.#dropped++;
    }
  }

  toText(): OutputText {
    const gap = this.#dropped > 0 ? [`[... ${this.#dropped} lines left out ...]`] : [];
    const lines = [...this.#head, ...gap, ...this.#tail];
    return { ...EMPTY_OUTPUT, text: lines.map((line) => `${line}\n`).join(''), truncated: this.#dropped > 0 };
  }
}

import { isUtf8 } from 'node:buffer';
import type { OutputText } from '@gantry/contracts';
import { OutputScan } from './output-scan.js';
import { decodeUtf8, orphanedHead, unfinishedTail } from './utf8.js';

/** From here on the text is made only for who asks for it: most long output is stored, never read here. */
const LONG_BYTES = 64 * 1024;

/** What one stream wrote, for the result. The sandbox caps it; this only keeps head and tail apart. */
export class OutputBuffer {
  readonly #maxHeldBytes: number;
  #head: Uint8Array[] = [];
  #tail: Uint8Array[] = [];
  #dropped = 0;
  #held = 0;
  #scan: OutputScan | null = null;

  /** @param maxHeldBytes longer output is not held at all: somebody else keeps it */
  constructor(maxHeldBytes: number = Number.POSITIVE_INFINITY) {
    this.#maxHeldBytes = maxHeldBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#scan) return this.#scan.write(bytes);
    (this.#dropped === 0 ? this.#head : this.#tail).push(bytes);
    this.#held += bytes.length;
    if (this.#held > this.#maxHeldBytes) this.#letGo();
  }

  /** `bytes` were left out here. */
  gap(bytes: number): void {
    if (this.#scan) this.#scan.gap(bytes);
    else this.#dropped += bytes;
  }

  /** For a result whose output nobody has kept; `null` when it is held here. */
  lost(): OutputText | null {
    return this.#scan && this.#scan.lost();
  }

  #letGo(): void {
    const scan = new OutputScan();
    for (const bytes of this.#head) scan.write(bytes);
    if (this.#dropped > 0) scan.gap(this.#dropped);
    for (const bytes of this.#tail) scan.write(bytes);
    this.#scan = scan;
    [this.#head, this.#tail] = [[], []];
  }

  /** Where bytes were left out, text has a line that says so; base64 is head and tail as they are. */
  toText(): OutputText {
    if (this.#scan) return this.#scan.logged();
    const head = Buffer.concat(this.#head);
    const droppedBytes = this.#dropped;
    if (droppedBytes === 0) {
      if (head.length >= LONG_BYTES && isUtf8(head)) return longText(head);
      const text = decodeUtf8(head);
      return text === null
        ? { text: head.toString('base64'), encoding: 'base64', truncated: false, droppedBytes }
        : { text, encoding: 'utf-8', truncated: false, droppedBytes };
    }
    const tail = Buffer.concat(this.#tail);
    // The cut fell where it fell; half a code point on either side of it is not the program's doing.
    const cutHead = unfinishedTail(head);
    const cutTail = orphanedHead(tail);
    const headText = decodeUtf8(head.subarray(0, head.length - cutHead));
    const tailText = decodeUtf8(tail.subarray(cutTail));
    if (headText === null || tailText === null) {
      return {
        text: Buffer.concat([head, tail]).toString('base64'),
        encoding: 'base64',
        truncated: true,
        droppedBytes,
      };
    }
    const left = droppedBytes + cutHead + cutTail;
    return { text: headText + gapNotice(left) + tailText, encoding: 'utf-8', truncated: true, droppedBytes: left };
  }
}

/** Stands where bytes were left out. */
export function gapNotice(bytes: number): string {
  return `\n[... ${bytes} bytes left out ...]\n`;
}

function longText(bytes: Buffer): OutputText {
  let text: string | null = null;
  return {
    get text() {
      return (text ??= bytes.toString('utf8'));
    },
    encoding: 'utf-8',
    truncated: false,
    droppedBytes: 0,
    bytes,
  };
}

/** Longer lines are cut; the rest of them is left out. */
export const MAX_LINE_BYTES = 8 * 1024;

// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)?|.)/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Cuts text into lines fit for a log: without terminal control, no longer than a ceiling. */
export class LogText {
  readonly #line: (line: string) => void;
  #rest = '';

  constructor(line: (line: string) => void) {
    this.#line = line;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_BYTES + 1);
    for (const line of lines) this.#line(cleanLine(line));
  }

  flush(): void {
    if (this.#rest !== '') this.#line(cleanLine(this.#rest));
    this.#rest = '';
  }
}

/** What a terminal would show in the end: of a line that rewrites itself by carriage returns, the last state. */
export function cleanLine(line: string): string {
  const shown = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  const plain = shown.replaceAll(ESCAPES, '').replaceAll(CONTROLS, '\ufffd');
  if (Buffer.byteLength(plain) <= MAX_LINE_BYTES) return plain;
  const cut = new TextDecoder().decode(Buffer.from(plain).subarray(0, MAX_LINE_BYTES)).replace(/\ufffd+$/, '');
  return `${cut} …`;
}

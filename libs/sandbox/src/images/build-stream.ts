import { LogText } from './log-text.js';

/** What the engine's builder says, one JSON value a line. */
interface BuilderMessage {
  stream?: unknown;
  error?: unknown;
  errorDetail?: { code?: unknown; message?: unknown };
  aux?: { ID?: unknown };
  status?: unknown;
  id?: unknown;
}

export interface BuildStreamHandler {
  /** A step begins, counted from 1. */
  step(number: number): void;
  /** Its result was there already. */
  cached(): void;
  /** The builder says that it works in a new container. Programs may say so as well. */
  container(): void;
  /** An image that a step has led to; also only said. */
  image(shortId: string): void;
  /** A line of what a program wrote. */
  output(line: string): void;
}

export interface BuildEnd {
  /** Of the finished image; `null` when there is none. */
  imageId: string | null;
  error: string | null;
  /** Exit status of the program that failed. */
  exitCode: number | null;
}

/** No message of the engine is longer: its own reader of program output cuts at 32 KiB. */
const MAX_MESSAGE_CHARS = 1024 * 1024;

/**
 * Reads the answer of a build. The builder's own words and those of programs come in one stream, so nothing of it is proof: only `aux` and
 * `error` are the engine's alone.
 */
export class BuildStream {
  readonly #handler: BuildStreamHandler;
  readonly #lines = new LogText((line) => this.#line(line));
  readonly #decoder = new TextDecoder('utf-8');
  #pending = '';
  #imageId: string | null = null;
  #error: string | null = null;
  #exitCode: number | null = null;

  constructor(handler: BuildStreamHandler) {
    this.#handler = handler;
  }

  push(bytes: Uint8Array): void {
    this.#pending += this.#decoder.decode(bytes, { stream: true });
    const messages = this.#pending.split('\n');
    this.#pending = messages.pop() ?? '';
    if (this.#pending.length > MAX_MESSAGE_CHARS) this.#pending = '';
    for (const message of messages) this.#message(message.trim());
  }

  end(): BuildEnd {
    this.#message(this.#pending.trim());
    this.#pending = '';
    this.#lines.flush();
    return { imageId: this.#imageId, error: this.#error, exitCode: this.#exitCode };
  }

  #message(text: string): void {
    if (text === '') return;
    let message: BuilderMessage;
    try {
      message = JSON.parse(text) as BuilderMessage;
    } catch {
      return;
    }
    if (typeof message.stream === 'string') this.#lines.push(message.stream);
    if (typeof message.aux?.ID === 'string') this.#imageId = message.aux.ID;
    if (typeof message.error === 'string') {
      this.#error = message.error;
      const code = message.errorDetail?.code;
      this.#exitCode = typeof code === 'number' ? code : null;
    }
  }

  #line(line: string): void {
    const step = /^Step (\d+)\/\d+ : /.exec(line);
    if (step) return this.#handler.step(Number(step[1]));
    if (line === ' ---> Using cache') return this.#handler.cached();
    if (/^ ---> Running in [0-9a-f]{12}$/.test(line)) return this.#handler.container();
    const image = /^ ---> ([0-9a-f]{12})$/.exec(line);
    if (image?.[1] !== undefined) return this.#handler.image(image[1]);
    if (/^Removing intermediate container [0-9a-f]{12}$/.test(line) || /^Successfully (built|tagged) /.test(line))
      return;
    if (line.trim() !== '') this.#handler.output(line);
  }
}

import { violation } from './attributes.js';
import { encodeFrame, WORKER_FRAME } from './frame-codec.js';
import type { InitConnection } from './init-connection.js';
import { STDIN_PIECE_BYTES, stdinFrame } from './worker-messages.js';

/** Bytes that may be under way, not yet acknowledged by the init. */
const WINDOW_BYTES = 1024 * 1024;

/** Feeds a program's standard input within the init's window, and stops when the stage is over. */
export class StdinFeed {
  readonly #connection: InitConnection;
  readonly #source: Uint8Array | AsyncIterable<Uint8Array>;
  #outstanding = 0;
  #stopped = false;
  #wake = (): void => undefined;

  constructor(connection: InitConnection, source: Uint8Array | AsyncIterable<Uint8Array>) {
    this.#connection = connection;
    this.#source = source;
  }

  /** Sends all of it and the end of file. Resolves early when stopped. With no bytes there is nothing to say: RUN said so. */
  async run(): Promise<void> {
    if (!(this.#source instanceof Uint8Array)) {
      for await (const bytes of this.#source) {
        await this.#feed(bytes);
        if (this.#stopped) return;
      }
    } else if (this.#source.length > 0) await this.#feed(this.#source);
    else return;
    if (!this.#stopped) await this.#connection.send(encodeFrame(WORKER_FRAME.stdinEof));
  }

  async #feed(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const room = Math.min(STDIN_PIECE_BYTES, WINDOW_BYTES - this.#outstanding);
      if (room <= 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#stopped) return;
      if (room <= 0) continue;
      const piece = bytes.subarray(at, at + room);
      at += piece.length;
      this.#outstanding += piece.length;
      await this.#connection.send(stdinFrame(piece));
    }
  }

  /** The init has handed over `bytes`. Throws `protocol_violation` when it never got as many. */
  credit(bytes: number): void {
    if (bytes > this.#outstanding)
      throw violation(`credit for ${bytes} bytes of stdin, of which ${this.#outstanding} are under way`);
    this.#outstanding -= bytes;
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }
}

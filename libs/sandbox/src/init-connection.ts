import type { Duplex } from 'node:stream';
import { violation } from './attributes.js';
import { Demux, TailText } from './demux.js';
import { FrameDecoder, type InitFrame } from './frame-codec.js';

/**
 * Frames to and from one container's init, over its attached stdin and stdout. Frames are pulled: as long as nobody asks for the next one
 * nothing is read, and the program is held back by full pipes all the way down.
 */
export class InitConnection {
  readonly #socket: Duplex;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #demux = new Demux();
  readonly #decoder = new FrameDecoder();
  readonly #complaints = new TailText();
  #frames: InitFrame[] = [];
  #at = 0;
  #broken: Error | null = null;
  #reading: Promise<Buffer | null> | null = null;
  #onIdleEnd: (() => void) | null = null;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#chunks = socket.iterator({ destroyOnReturn: false });
    // A reset is an end like any other: what was read before it counts, and `next` says null.
    socket.on('error', () => undefined);
  }

  /** What the init wrote to its stderr, for error messages. */
  get complaints(): string {
    return this.#complaints.toString();
  }

  /**
   * The next frame; `null` when the container's output has ended. Throws `protocol_violation`, and nothing else, from then on always.
   * One caller at a time.
   */
  async next(): Promise<InitFrame | null> {
    for (;;) {
      const frame = this.#frames[this.#at++];
      if (frame) return frame;
      if (this.#broken) throw this.#broken;
      this.#onIdleEnd = null;
      const chunk = await this.#chunk();
      this.#reading = null;
      if (chunk === null) return this.#ended();
      this.#decode(chunk);
    }
  }

  /** The other end can still be talked to, as far as is known. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded && this.#broken === null;
  }

  /**
   * Calls back when the connection ends, or anything comes, before somebody asks for a frame: an init that nobody uses has nothing to say.
   * What is read meanwhile is not lost for `next`.
   */
  watchIdle(onEnd: () => void): void {
    this.#onIdleEnd = onEnd;
    void this.#chunk().then(() => this.#onIdleEnd?.());
  }

  /** Takes whole frames; resolves when more may be sent. A closed connection swallows them: its end shows in `next`. */
  async send(frames: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.write(frames)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done).on('error', done);
    });
  }

  /** Drops the connection. The init sees the end of its stdin, kills everything and exits. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** One read at a time, whoever began it. */
  #chunk(): Promise<Buffer | null> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read(): Promise<Buffer | null> {
    try {
      const result = await this.#chunks.next();
      return result.done === true ? null : result.value;
    } catch {
      return null;
    }
  }

  #decode(chunk: Buffer): void {
    this.#frames = [];
    this.#at = 0;
    try {
      for (const piece of this.#demux.push(chunk)) {
        if (piece.stream === 'stderr') this.#complaints.push(piece.bytes);
        else this.#frames.push(...this.#decoder.push(piece.bytes));
      }
    } catch (error) {
      this.#broken = error as Error;
    }
  }

  #ended(): null {
    if (!this.#decoder.unfinished) return null;
    this.#broken = violation('its output ended in the middle of a frame');
    throw this.#broken;
  }
}

import type { OutputChunk } from '@gantry/client';
import { describeDrop } from './format-views.js';
import { PipeClosed, write, type CliIo } from './io.js';
import { note, tell } from './session.js';

const LINE_FEED = 10;

/** A program's two streams on ours, byte for byte. */
export class LiveOutput {
  readonly #io: CliIo;
  #stderrAtLineStart = true;

  constructor(io: CliIo) {
    this.#io = io;
  }

  /** Throws `PipeClosed` when nobody reads standard output any more. */
  async take(chunk: OutputChunk): Promise<void> {
    const drop = describeDrop(chunk);
    if (drop !== null) await this.note(drop);
    if (chunk.bytes.length === 0) return;
    if (chunk.stream === 'stdout') await write(this.#io.stdout, chunk.bytes);
    else await this.#takeStderr(chunk.bytes);
  }

  /** A line of ours, never in the middle of a line of the program. */
  async note(line: string): Promise<void> {
    if (!this.#stderrAtLineStart) await tell(this.#io, '\n');
    this.#stderrAtLineStart = true;
    await note(this.#io, line);
  }

  /** Its worker was lost, and it is started once more. */
  async restart(attempt: number): Promise<void> {
    await this.note(`attempt ${attempt} starts from the beginning; what was written above is not part of its result`);
  }

  /** What is done for the program. A script's log is to have the program's messages; only a wait that can take minutes is told there too. */
  async progress(message: string): Promise<void> {
    if (this.#io.bars || !message.startsWith('compiling ')) await this.note(message);
  }

  async #takeStderr(bytes: Uint8Array): Promise<void> {
    this.#stderrAtLineStart = bytes.at(-1) === LINE_FEED;
    try {
      await write(this.#io.stderr, bytes);
    } catch (error) {
      // A program whose messages nobody reads goes on.
      if (!(error instanceof PipeClosed)) throw error;
    }
  }
}

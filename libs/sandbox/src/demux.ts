import { violation } from './attributes.js';

/** Docker multiplexes an attached container's output: `u8 stream · 3 zero bytes · u32 length (big endian) · bytes`. */

const HEADER_BYTES = 8;
const STDOUT = 1;
const STDERR = 2;
/** The engine copies in pieces of 32 KiB; anything far above that is not the engine. */
const MAX_PIECE_BYTES = 1024 * 1024;

export interface OutputPiece {
  stream: 'stdout' | 'stderr';
  /** Shares memory with what was fed in. */
  bytes: Buffer;
}

/** Takes bytes in pieces of any size and hands them on at once: only an unfinished header is ever kept. */
export class Demux {
  #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #stream: OutputPiece['stream'] = 'stdout';
  #left = 0;

  push(chunk: Buffer): OutputPiece[] {
    const pieces: OutputPiece[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const taken = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER_BYTES - this.#headerBytes);
        this.#headerBytes += taken;
        at += taken;
        if (this.#headerBytes === HEADER_BYTES) this.#readHeader();
        continue;
      }
      const end = Math.min(chunk.length, at + this.#left);
      pieces.push({ stream: this.#stream, bytes: chunk.subarray(at, end) });
      this.#left -= end - at;
      at = end;
    }
    return pieces;
  }

  #readHeader(): void {
    const stream = this.#header.readUInt8(0);
    const length = this.#header.readUInt32BE(4);
    if (stream !== STDOUT && stream !== STDERR)
      throw violation(`the engine's stream ${stream} is neither stdout nor stderr`);
    if (length > MAX_PIECE_BYTES) throw violation(`the engine announces a piece of ${length} bytes`);
    this.#stream = stream === STDOUT ? 'stdout' : 'stderr';
    this.#left = length;
    this.#headerBytes = 0;
  }
}

/** The last bytes of a stream, as one printable line for error messages. */
export class TailText {
  readonly #capBytes: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(capBytes = 4096) {
    this.#capBytes = capBytes;
  }

  push(bytes: Buffer): void {
    const joined = Buffer.concat([this.#bytes, bytes.subarray(-this.#capBytes)]);
    this.#bytes = Buffer.from(joined.subarray(-this.#capBytes));
  }

  toString(): string {
    return this.#bytes
      .toString('utf8')
      .replaceAll(/[^\P{C}\n]/gu, '?')
      .trim()
      .replaceAll('\n', ' | ');
  }
}

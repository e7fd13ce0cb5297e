import { orphanedHead, unfinishedTail } from './utf8.js';

export interface CutPiece {
  bytes: Uint8Array;
  /** Bytes left out right before this piece. */
  droppedBefore: number;
}

/** Cuts one stream into pieces of a bounded size that never end inside a code point. Bytes that are no UTF-8 pass as they are. */
export class CodePointCutter {
  readonly #maxBytes: number;
  #carry: Uint8Array = new Uint8Array(0);
  #dropped = 0;
  #afterGap = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Uint8Array): CutPiece[] {
    let rest: Uint8Array = this.#carry.length > 0 ? Buffer.concat([this.#carry, bytes]) : bytes;
    if (this.#afterGap) {
      const orphans = orphanedHead(rest);
      this.#dropped += orphans;
      this.#afterGap = false;
      rest = rest.subarray(orphans);
    }
    const unfinished = unfinishedTail(rest);
    this.#carry = rest.subarray(rest.length - unfinished);
    return this.#cut(rest.subarray(0, rest.length - unfinished));
  }

  /** `bytes` were left out here; a code point cut in half by that is left out too. */
  gap(bytes: number): void {
    this.#dropped += bytes + this.#carry.length;
    this.#carry = new Uint8Array(0);
    this.#afterGap = true;
  }

  /** What was held back, when nothing more comes. */
  end(): CutPiece[] {
    const rest = this.#carry;
    this.#carry = new Uint8Array(0);
    return rest.length > 0 || this.#dropped > 0 ? [this.#piece(rest)] : [];
  }

  #cut(bytes: Uint8Array): CutPiece[] {
    const pieces: CutPiece[] = [];
    for (let rest = bytes; rest.length > 0;) {
      let cut = rest.subarray(0, this.#maxBytes);
      if (cut.length < rest.length) cut = cut.subarray(0, cut.length - unfinishedTail(cut));
      pieces.push(this.#piece(cut));
      rest = rest.subarray(cut.length);
    }
    return pieces;
  }

  #piece(bytes: Uint8Array): CutPiece {
    const droppedBefore = this.#dropped;
    this.#dropped = 0;
    return { bytes, droppedBefore };
  }
}

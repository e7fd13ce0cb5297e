import { violation } from './attributes.js';

/** Frames of the sandbox protocol: `u32 payload length (little endian) · u8 type · payload`. */

const HEADER_BYTES = 5;
export const MAX_FRAME_BYTES = 1024 * 1024;
/** Longest payload of one STDOUT, STDERR or ARTIFACT_DATA frame. */
export const MAX_OUTPUT_FRAME_BYTES = 64 * 1024;
/** Reports are a few hundred bytes; the only long one is the text of an ERROR. */
const MAX_REPORT_BYTES = 4096;

export const WORKER_FRAME = {
  file: 0x01,
  fileData: 0x02,
  run: 0x03,
  stdin: 0x04,
  stdinEof: 0x05,
  kill: 0x06,
  owner: 0x07,
  preload: 0x08,
  end: 0x09,
  collect: 0x0a,
} as const;
export type WorkerFrameType = (typeof WORKER_FRAME)[keyof typeof WORKER_FRAME];

export const INIT_FRAME = {
  ready: 0x81,
  started: 0x82,
  stdout: 0x83,
  stderr: 0x84,
  gap: 0x85,
  stdinCredit: 0x86,
  usage: 0x87,
  exit: 0x88,
  error: 0x89,
  preloaded: 0x8a,
  artifact: 0x8b,
  artifactData: 0x8c,
  artifactEnd: 0x8d,
  omitted: 0x8e,
  collected: 0x8f,
} as const;
export type InitFrameType = (typeof INIT_FRAME)[keyof typeof INIT_FRAME];

const RAW_FRAMES: ReadonlySet<number> = new Set([INIT_FRAME.stdout, INIT_FRAME.stderr, INIT_FRAME.artifactData]);
const PAYLOAD_CEILINGS: ReadonlyMap<number, number> = new Map(
  Object.values(INIT_FRAME).map((type) => [type, payloadCeiling(type)]),
);

function payloadCeiling(type: InitFrameType): number {
  if (type === INIT_FRAME.started) return 0;
  return RAW_FRAMES.has(type) ? MAX_OUTPUT_FRAME_BYTES : MAX_REPORT_BYTES;
}

export interface InitFrame {
  type: InitFrameType;
  /** Shares memory with what was fed in. */
  payload: Buffer;
}

export function encodeFrame(type: WorkerFrameType, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  if (payload.length > MAX_FRAME_BYTES)
    throw new RangeError(`A frame holds at most ${MAX_FRAME_BYTES} bytes, not ${payload.length}`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt8(type, 4);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/**
 * Takes bytes in pieces of any size and gives whole frames. Never keeps more than one frame's worth of bytes: a header that announces
 * too much, or a type that only a worker may send, throws `protocol_violation` before its payload is awaited.
 */
export class FrameDecoder {
  #pieces: Buffer[] = [];
  #held = 0;
  /** Bytes needed before anything can be said: a header, or a header and its payload. */
  #wanted = HEADER_BYTES;

  push(piece: Buffer): InitFrame[] {
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held < this.#wanted) return [];
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#held);
    return this.#take(bytes);
  }

  /** True when the bytes so far end in the middle of a frame. */
  get unfinished(): boolean {
    return this.#held > 0;
  }

  #take(bytes: Buffer): InitFrame[] {
    const frames: InitFrame[] = [];
    let at = 0;
    this.#wanted = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt32LE(at);
      const type = knownType(bytes.readUInt8(at + 4), length);
      this.#wanted = HEADER_BYTES + length;
      if (bytes.length - at < this.#wanted) break;
      frames.push({ type, payload: bytes.subarray(at + HEADER_BYTES, at + this.#wanted) });
      at += this.#wanted;
      this.#wanted = HEADER_BYTES;
    }
    this.#held = bytes.length - at;
    // A copy, lest a few bytes keep a whole chunk of the socket alive.
    this.#pieces = this.#held > 0 ? [Buffer.from(bytes.subarray(at))] : [];
    return frames;
  }
}

function knownType(type: number, length: number): InitFrameType {
  const ceiling = PAYLOAD_CEILINGS.get(type);
  if (ceiling === undefined) throw violation(`frame type ${type} is not one of an init`);
  if (length > ceiling) throw violation(`a frame of type ${type} announces ${length} bytes, above its ${ceiling}`);
  return type as InitFrameType;
}

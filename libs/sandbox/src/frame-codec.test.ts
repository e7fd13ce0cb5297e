import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { AppError } from '@gantry/contracts';
import { encodeFrame, FrameDecoder, INIT_FRAME, type InitFrame, MAX_FRAME_BYTES, WORKER_FRAME } from './frame-codec.js';

/** A frame as an init sends it; written out by hand, so that encoder and decoder cannot be wrong in the same way. */
function initFrame(type: number, payload: Buffer, length = payload.length): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32LE(length, 0);
  header.writeUInt8(type, 4);
  return Buffer.concat([header, payload]);
}

const FRAMES = [
  initFrame(INIT_FRAME.started, Buffer.alloc(0)),
  initFrame(INIT_FRAME.stdout, Buffer.from('hello')),
  initFrame(INIT_FRAME.stderr, Buffer.alloc(64 * 1024, 7)),
  initFrame(INIT_FRAME.exit, Buffer.from([1, 8, 0, 0, 0])),
];

function plain(frames: InitFrame[]): [number, string][] {
  return frames.map((frame) => [frame.type, frame.payload.toString('base64')]);
}

const EXPECTED = FRAMES.map((bytes) => [bytes[4], bytes.subarray(5).toString('base64')]);

function violationOf(bytes: Buffer): AppError {
  try {
    new FrameDecoder().push(bytes);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('the decoder took it');
}

describe('FrameDecoder', () => {
  test('gives whole frames however the bytes are cut', () => {
    const bytes = Buffer.concat(FRAMES);
    for (const size of [1, 2, 3, 5, 7, 1000, bytes.length]) {
      const decoder = new FrameDecoder();
      const frames: InitFrame[] = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...decoder.push(bytes.subarray(at, at + size)));
      expect(plain(frames)).toEqual(EXPECTED);
      expect(decoder.unfinished).toBe(false);
    }
  });

  test('says that it holds part of a frame', () => {
    const decoder = new FrameDecoder();
    expect(decoder.push(FRAMES[1]?.subarray(0, 6) ?? Buffer.alloc(0))).toEqual([]);
    expect(decoder.unfinished).toBe(true);
  });

  test.each([
    ['an output frame above 64 KiB', initFrame(INIT_FRAME.stdout, Buffer.alloc(0), 64 * 1024 + 1)],
    ['a report above 4 KiB', initFrame(INIT_FRAME.exit, Buffer.alloc(0), 4097)],
    ['the longest length there is', initFrame(INIT_FRAME.stderr, Buffer.alloc(0), 0xffff_ffff)],
    ['a STARTED that says something', initFrame(INIT_FRAME.started, Buffer.from('x'))],
    ['a frame of a worker', encodeFrame(WORKER_FRAME.kill)],
    ['type 0', initFrame(0, Buffer.alloc(0))],
    ['type 255', initFrame(255, Buffer.alloc(0))],
  ])('refuses %s from its header alone', (_, bytes) => {
    expect(violationOf(bytes.subarray(0, 5))).toMatchObject({ code: 'protocol_violation' });
  });

  test('ends every stream of random bytes with frames or a violation, and never holds more than one frame', () => {
    for (let round = 0; round < 300; round++) {
      const decoder = new FrameDecoder();
      const bytes = randomBytes(randomInt(1, 2000));
      // Every other round begins with something valid, so that the random bytes meet a decoder at work.
      const stream = round % 2 === 0 ? bytes : Buffer.concat([...FRAMES, bytes]);
      try {
        for (let at = 0; at < stream.length;) {
          const step = randomInt(1, 400);
          for (const frame of decoder.push(stream.subarray(at, at + step))) {
            expect(frame.payload.length).toBeLessThanOrEqual(64 * 1024);
          }
          at += step;
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'protocol_violation' });
      }
    }
  });
});

describe('encodeFrame', () => {
  test('writes the length little endian, the type and the payload', () => {
    expect([...encodeFrame(WORKER_FRAME.stdin, Buffer.from('ab'))]).toEqual([2, 0, 0, 0, 0x04, 97, 98]);
  });

  test('never makes a frame above 1 MiB', () => {
    expect(encodeFrame(WORKER_FRAME.stdin, Buffer.alloc(MAX_FRAME_BYTES)).length).toBe(MAX_FRAME_BYTES + 5);
    expect(() => encodeFrame(WORKER_FRAME.stdin, Buffer.alloc(MAX_FRAME_BYTES + 1))).toThrow(RangeError);
  });
});

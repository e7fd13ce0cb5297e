import { describe, expect, test } from '@jest/globals';
import { CodePointCutter } from './code-point-cutter.js';
import { OutputBuffer } from './output-buffer.js';
import { decodeUtf8 } from './utf8.js';

const TEXT = 'a é € 😀 z';

function cutAll(bytes: Uint8Array, step: number, maxBytes = 64): Uint8Array[] {
  const cutter = new CodePointCutter(maxBytes);
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += step)
    pieces.push(...cutter.push(bytes.subarray(i, i + step)).map((piece) => piece.bytes));
  return [...pieces, ...cutter.end().map((piece) => piece.bytes)];
}

describe('CodePointCutter', () => {
  test.each([1, 2, 3, 5, 100])('never splits a code point, written %i bytes at a time', (step) => {
    const pieces = cutAll(Buffer.from(TEXT), step);
    expect(pieces.map((piece) => decodeUtf8(piece)).join('')).toBe(TEXT);
  });

  test.each([4, 5, 7])('keeps pieces within %i bytes', (maxBytes) => {
    const pieces = cutAll(Buffer.from(TEXT.repeat(20)), 33, maxBytes);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(maxBytes);
    expect(pieces.map((piece) => decodeUtf8(piece)).join('')).toBe(TEXT.repeat(20));
  });

  test('passes every byte of what is no UTF-8', () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 89) % 256));
    for (const step of [1, 3, 64]) expect(Buffer.concat(cutAll(bytes, step)).equals(bytes)).toBe(true);
  });

  test('tells a gap once, and drops the halves of a code point beside it', () => {
    const cutter = new CodePointCutter(64);
    const euro = Buffer.from('€');
    expect(cutter.push(Buffer.concat([Buffer.from('a'), euro.subarray(0, 1)]))).toEqual([
      { bytes: Buffer.from('a'), droppedBefore: 0 },
    ]);
    cutter.gap(10);
    expect(cutter.push(Buffer.concat([euro.subarray(2), Buffer.from('b')]))).toEqual([
      { bytes: Buffer.from('b'), droppedBefore: 12 },
    ]);
    expect(cutter.push(Buffer.from('c'))).toEqual([{ bytes: Buffer.from('c'), droppedBefore: 0 }]);
  });
});

describe('OutputBuffer', () => {
  test('tells text as text and anything else as base64 of the very bytes', () => {
    const text = new OutputBuffer();
    for (const byte of Buffer.from(TEXT)) text.write(Uint8Array.of(byte));
    expect(text.toText()).toEqual({ text: TEXT, encoding: 'utf-8', truncated: false, droppedBytes: 0 });
    const binary = new OutputBuffer();
    binary.write(Uint8Array.of(0xff, 0x00, 0x80));
    expect(binary.toText()).toEqual({ text: '/wCA', encoding: 'base64', truncated: false, droppedBytes: 0 });
  });

  test('says between head and tail how much was left out', () => {
    const buffer = new OutputBuffer();
    buffer.write(Buffer.concat([Buffer.from('head'), Buffer.from('€').subarray(0, 2)]));
    buffer.gap(100);
    buffer.write(Buffer.concat([Buffer.from('€').subarray(2), Buffer.from('tail')]));
    expect(buffer.toText()).toEqual({
      text: 'head\n[... 103 bytes left out ...]\ntail',
      encoding: 'utf-8',
      truncated: true,
      droppedBytes: 103,
    });
  });
});

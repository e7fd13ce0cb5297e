import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Demux, type OutputPiece, TailText } from './demux.js';

function piece(stream: number, bytes: Buffer, length = bytes.length): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(length, 4);
  return Buffer.concat([header, bytes]);
}

function joined(pieces: OutputPiece[], stream: OutputPiece['stream']): string {
  return Buffer.concat(pieces.filter((one) => one.stream === stream).map((one) => one.bytes)).toString('latin1');
}

describe('Demux', () => {
  const bytes = Buffer.concat([
    piece(1, Buffer.from('out ')),
    piece(2, Buffer.from('err')),
    piece(1, Buffer.alloc(0)),
    piece(1, Buffer.from('more')),
  ]);

  test.each([1, 2, 3, 8, 9, 100])('keeps the streams apart in pieces of %d bytes', (size) => {
    const demux = new Demux();
    const pieces: OutputPiece[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(...demux.push(bytes.subarray(at, at + size)));
    expect(joined(pieces, 'stdout')).toBe('out more');
    expect(joined(pieces, 'stderr')).toBe('err');
  });

  test('hands bytes on before their piece is whole', () => {
    const demux = new Demux();
    expect(joined(demux.push(piece(1, Buffer.from('half'), 8)), 'stdout')).toBe('half');
  });

  test.each([
    ['stdin', piece(0, Buffer.from('x'))],
    ['an unknown stream', piece(3, Buffer.from('x'))],
    ['a piece above 1 MiB', piece(1, Buffer.alloc(0), 1024 * 1024 + 1)],
  ])('refuses %s', (_, wrong) => {
    expect(() => new Demux().push(wrong)).toThrow(expect.objectContaining({ code: 'protocol_violation' }));
  });

  test('takes random bytes apart or refuses them', () => {
    for (let round = 0; round < 300; round++) {
      const demux = new Demux();
      try {
        for (let turn = 0; turn < 10; turn++) demux.push(randomBytes(randomInt(1, 50)));
      } catch (error) {
        expect(error).toMatchObject({ code: 'protocol_violation' });
      }
    }
  });
});

describe('TailText', () => {
  test('keeps the last bytes, on one line and without control characters', () => {
    const tail = new TailText(12);
    tail.push(Buffer.from('this is left out '));
    tail.push(Buffer.from('a\x1b[31m\nb\n'));
    expect(tail.toString()).toBe('ut a?[31m | b');
  });
});

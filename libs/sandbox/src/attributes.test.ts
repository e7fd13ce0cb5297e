import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type AttributeSchema, decodeAttributes, encodeAttributes } from './attributes.js';

const SCHEMA: AttributeSchema = { 1: { name: 'count', kind: 'number' }, 2: { name: 'text', kind: 'string' } };

function attribute(tag: number, value: Buffer, length = value.length): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(tag, 0);
  header.writeUInt32LE(length, 1);
  return Buffer.concat([header, value]);
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

describe('attributes', () => {
  test('come back as they went, in any order', () => {
    const there = encodeAttributes([
      [2, 'häl\u{1F600}o'],
      [1, Number.MAX_SAFE_INTEGER],
    ]);
    expect(decodeAttributes(there, SCHEMA)).toEqual(
      new Map<string, number | string>([
        ['text', 'häl\u{1F600}o'],
        ['count', Number.MAX_SAFE_INTEGER],
      ]),
    );
  });

  test('that were left out are absent, not 0', () => {
    expect(decodeAttributes(Buffer.alloc(0), SCHEMA).has('count')).toBe(false);
  });

  test.each([
    ['an unknown tag', attribute(3, u64(1n))],
    ['a tag that comes twice', Buffer.concat([attribute(1, u64(1n)), attribute(1, u64(1n))])],
    ['a cut header', attribute(1, u64(1n)).subarray(0, 4)],
    ['a value longer than the frame', attribute(1, u64(1n), 9)],
    ['a length that wraps around', attribute(2, Buffer.from('x'), 0xffff_ffff)],
    ['a number of 7 bytes', attribute(1, u64(1n).subarray(0, 7))],
    ['a number past 2^53', attribute(1, u64(2n ** 53n))],
    ['a string that is not UTF-8', attribute(2, Buffer.from([0xff, 0xfe]))],
  ])('are refused with %s', (_, payload) => {
    expect(() => decodeAttributes(payload, SCHEMA)).toThrow(expect.objectContaining({ code: 'protocol_violation' }));
  });

  test('of random bytes give a map or a violation', () => {
    for (let round = 0; round < 500; round++) {
      const bytes = randomBytes(randomInt(0, 60));
      // Small tags and lengths, so that many get past the first header.
      if (round % 2 === 0) for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) % 4;
      try {
        expect(decodeAttributes(bytes, SCHEMA)).toBeInstanceOf(Map);
      } catch (error) {
        expect(error).toMatchObject({ code: 'protocol_violation' });
      }
    }
  });

  test('with a NUL in a string are refused before they are sent', () => {
    expect(() => encodeAttributes([[2, 'a\0b']])).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

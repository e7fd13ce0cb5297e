import { describe, expect, test } from '@jest/globals';
import { OutputBuffer } from './output-buffer.js';

const KIB = 1024;

function bufferOf(...pieces: (string | Uint8Array)[]): OutputBuffer {
  const buffer = new OutputBuffer();
  for (const piece of pieces) buffer.write(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return buffer;
}

describe('output for the result', () => {
  test('long text has its bytes beside it, short text has not', () => {
    const long = 'é'.repeat(40 * KIB);
    const output = bufferOf(long.slice(0, 100), long.slice(100)).toText();
    expect(output.bytes).toEqual(Buffer.from(long));
    expect({ ...output, bytes: undefined }).toEqual({
      text: long,
      encoding: 'utf-8',
      truncated: false,
      droppedBytes: 0,
      bytes: undefined,
    });
    expect(bufferOf('short').toText()).not.toHaveProperty('bytes');
  });

  test('long bytes that are no text are base64 of exactly these', () => {
    const bytes = Buffer.alloc(100 * KIB, 0xff);
    expect(bufferOf(bytes).toText()).toEqual({
      text: bytes.toString('base64'),
      encoding: 'base64',
      truncated: false,
      droppedBytes: 0,
    });
  });

  test('a cut leaves a line that says how much is missing, and no half code point', () => {
    const buffer = bufferOf(Buffer.from('aé').subarray(0, 2));
    buffer.gap(10);
    buffer.write(Buffer.from('éb').subarray(1));
    expect(buffer.toText()).toEqual({
      text: 'a\n[... 12 bytes left out ...]\nb',
      encoding: 'utf-8',
      truncated: true,
      droppedBytes: 12,
    });
  });
});

import { createHash } from 'node:crypto';

/** Stands for a text in the history: as good as the text to compare with, and small. */
export interface Digest {
  bytes: number;
  sha256: string;
}

export function digestOf(text: string): Digest {
  const bytes = Buffer.from(text);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export function isWhole(seen: Digest, expected: string): boolean {
  const whole = digestOf(expected);
  return seen.bytes === whole.bytes && seen.sha256 === whole.sha256;
}

/** Whether `seen` stands for a beginning of the expected text; the empty one and the whole count. */
export function isBeginning(seen: Digest, expected: string): boolean {
  const bytes = Buffer.from(expected).subarray(0, seen.bytes);
  return bytes.length === seen.bytes && createHash('sha256').update(bytes).digest('hex') === seen.sha256;
}

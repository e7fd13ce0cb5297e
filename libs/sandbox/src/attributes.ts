import { AppError } from '@gantry/contracts';

/** Structured payloads of the sandbox protocol: `u8 tag · u32 length (little endian) · value`, in any order. */

const HEADER_BYTES = 5;
const NUMBER_BYTES = 8;
const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** A number becomes a `u64`, a string UTF-8 bytes. */
export type AttributeValue = number | string | Uint8Array;

/** What a tag means: its name and whether its value is a `u64` or a string. */
export type AttributeSchema = Readonly<Record<number, { name: string; kind: 'number' | 'string' }>>;

export function encodeAttributes(attributes: Iterable<readonly [tag: number, value: AttributeValue]>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [tag, value] of attributes) {
    const bytes = valueBytes(value);
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(tag, 0);
    header.writeUInt32LE(bytes.length, 1);
    parts.push(header, bytes);
  }
  return Buffer.concat(parts);
}

function valueBytes(value: AttributeValue): Uint8Array {
  if (typeof value === 'number') {
    const bytes = Buffer.allocUnsafe(NUMBER_BYTES);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  }
  if (typeof value !== 'string') return value;
  if (value.includes('\0'))
    throw new AppError('invalid_request', 'A path, an argument or a variable holds a NUL character');
  return Buffer.from(value, 'utf8');
}

/**
 * The attributes by name. What was left out is absent: it means "not known", never 0.
 * Throws `protocol_violation` at an unknown tag, one that comes twice, a cut one, bytes that are not UTF-8 and a number past 2^53.
 */
export function decodeAttributes(payload: Uint8Array, schema: AttributeSchema): Map<string, number | string> {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const found = new Map<string, number | string>();
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < HEADER_BYTES) throw violation('an attribute is cut off');
    const tag = bytes.readUInt8(at);
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at + 1);
    if (end > bytes.length) throw violation('an attribute is longer than its frame');
    const meaning = schema[tag];
    if (!meaning) throw violation(`tag ${tag} is not known`);
    if (found.has(meaning.name)) throw violation(`tag ${tag} comes twice`);
    const value = bytes.subarray(at + HEADER_BYTES, end);
    found.set(meaning.name, meaning.kind === 'number' ? readNumber(value) : readString(value));
    at = end;
  }
  return found;
}

function readNumber(value: Buffer): number {
  if (value.length !== NUMBER_BYTES) throw violation('a number is not 8 bytes long');
  const number = value.readBigUInt64LE();
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw violation('a number is out of range');
  return Number(number);
}

function readString(value: Buffer): string {
  try {
    return textDecoder.decode(value);
  } catch (error) {
    throw violation('a string is not UTF-8', error);
  }
}

export function violation(what: string, cause?: unknown): AppError {
  return new AppError('protocol_violation', `The sandbox sent what it must not: ${what}`, { cause });
}

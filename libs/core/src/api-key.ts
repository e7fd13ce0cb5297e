import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

// Base 62: a double click selects the whole key.
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 62^43 > 2^256. */
const SECRET_LENGTH = 43;
/** 62^6 > 2^32. */
const CHECK_LENGTH = 6;
const FORM = /^gk_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * A new key: `gk_`, 256 random bits, and a check over both. Scanners find a leaked one by its form, and one that is mistyped or made up is
 * refused without asking anybody.
 */
export function newApiKey(): string {
  const secret = toBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_LENGTH);
  return `gk_${secret}${checkOf(secret)}`;
}

/** Whether it may be a key of ours; not whether it is one. */
export function isApiKey(text: string): boolean {
  const [, secret, check] = FORM.exec(text) ?? [];
  return secret !== undefined && checkOf(secret) === check;
}

/** As keys are stored: SHA-256 in hex. A key has 256 random bits, so nothing slower is needed. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function checkOf(secret: string): string {
  return toBase62(BigInt(crc32(`gk_${secret}`)), CHECK_LENGTH);
}

function toBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value, i = 0; i < length; i++, rest /= 62n) text = (ALPHABET[Number(rest % 62n)] as string) + text;
  return text;
}

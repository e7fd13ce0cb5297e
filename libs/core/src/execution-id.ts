import { randomBytes } from 'node:crypto';

// Crockford's base 32, lower case: no i, l, o, u.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A ULID: 10 characters of time, so that ids sort by age, and 80 random bits, so that they can't be guessed. */
export function newUlid(nowMs: number): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32] + time;
  let random = '';
  for (const byte of randomBytes(16)) random += ALPHABET[byte % 32];
  return `${time}${random}`;
}

export function newExecutionId(nowMs: number): string {
  return `exec_${newUlid(nowMs)}`;
}

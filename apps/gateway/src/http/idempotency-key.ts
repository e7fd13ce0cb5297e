import { createHash } from 'node:crypto';
import { AppError } from '@gantry/contracts';
import type { Request } from 'express';

/** A digest of the request's Idempotency-Key, or `null` without one. */
export function idempotencyKeyOf(request: Request): string | null {
  const value = request.headers['idempotency-key'];
  if (value === undefined) return null;
  if (typeof value !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(value)) {
    throw new AppError('idempotency_key_invalid', 'The Idempotency-Key must be 1 to 255 printable ASCII characters');
  }
  return createHash('sha256').update(value).digest('hex');
}

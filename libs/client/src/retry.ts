import { GantryApiError, GantryConnectionError } from './errors.js';

/** Statuses that say "not now" rather than "not so". A 500 is not among them: the same request would most likely fail again. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);
/** Waiting makes no room; the caller must. */
const NO_ROOM: ReadonlySet<string> = new Set(['file_quota', 'storage_quota_exceeded']);
const MAX_BACKOFF_MS = 5000;
/** A service that asks for more patience than this gets its error shown to the caller instead. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Milliseconds before try number `failures + 1`: doubling from `baseMs`, bounded, with the upper half random so that clients spread out. */
export function backoffMs(failures: number, baseMs: number, random: number = Math.random()): number {
  const full = Math.min(baseMs * 2 ** Math.max(0, failures - 1), MAX_BACKOFF_MS);
  return full * (0.5 + random / 2);
}

/** How long to wait before the same request is sent again, or `null` when that would be wrong or useless. */
export function retryDelayMs(error: unknown, failures: number, baseMs: number, random?: number): number | null {
  if (error instanceof GantryConnectionError) return error.retryable ? backoffMs(failures, baseMs, random) : null;
  if (!(error instanceof GantryApiError) || !NOT_NOW.has(error.status)) return null;
  if (NO_ROOM.has(error.code)) return null;
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return asked > MAX_RETRY_AFTER_MS ? null : Math.max(asked, backoffMs(failures, baseMs, random));
}

/** Seconds from a `Retry-After` header, which holds seconds or a date. */
export function parseRetryAfter(header: string | null, nowMs: number = Date.now()): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header);
  // Date.parse takes nearly anything with digits for a date; HTTP dates end in GMT.
  const at = /GMT\s*$/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

import type { Redis } from 'ioredis';
import { STDOUT_AT } from './record-fields.js';
import { answered } from './redis-connection.js';

/** Output events are at most 64 KiB, so 4 MiB at a time. */
const BATCH = 64;

/** @param values as HMGET answers for ALL_FIELDS; a standard output that is stored at all is never empty */
export function isLogged(values: readonly (string | null)[]): boolean {
  return values[STDOUT_AT] === '';
}

/**
 * The standard output of the last attempt, put together from the event log at `key`. It is all text: other output is not left to the log.
 * `null` when the log is not complete any more.
 */
export async function loggedOutput(redis: Redis, key: string): Promise<string | null> {
  let text = '';
  for (let last = 0; ;) {
    const entries = await answered(redis.xrange(key, `(${last}-0`, '+', 'COUNT', BATCH));
    for (const [entryId, [, type, , , , data = '']] of entries) {
      if (Number.parseInt(entryId, 10) !== ++last) return null;
      // A status opens the events of the next attempt.
      if (type === 'status') text = '';
      if (type === 'stdout') text += (JSON.parse(data) as { text: string }).text;
      if (type === 'result') return text;
    }
    if (entries.length === 0) return null;
  }
}

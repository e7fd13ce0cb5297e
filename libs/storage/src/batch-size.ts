import type { ExecutionEvent } from '@gantry/contracts';

/** Events at once, at most. */
const MOST = 32;
/** Of what is read at once, about: a slow reader holds some three times that much, and there may be a thousand of them. */
const BUDGET_BYTES = 512 * 1024;
const SHORT_EVENT_BYTES = 256;
/** Who comes back later than this is not ready for more. */
const LATE_MS = 250;

export const FIRST_BATCH = 4;

/** How many events a reader gets next: more while it keeps up, fewer when it is late. What waits for a slow one waits in Redis. */
export function nextBatchSize(size: number, events: readonly ExecutionEvent[], tookMs: number): number {
  if (tookMs > LATE_MS) return Math.max(1, size >> 1);
  const bytes = events.reduce((sum, event) => sum + bytesOf(event), 0);
  const affordable = Math.floor(BUDGET_BYTES / (bytes / events.length));
  return Math.max(1, Math.min(MOST, size * 2, affordable));
}

function bytesOf(event: ExecutionEvent): number {
  return 'json' in event && typeof event.json === 'string' ? event.json.length : SHORT_EVENT_BYTES;
}

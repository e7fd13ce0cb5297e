import type { WebhookFault } from '@gantry/contracts';
import type { SendOutcome } from '../ports/index.js';

/** Answers after which the same message may be taken later. */
const PASSING_STATUS = new Set([408, 425, 429]);
/** Faults of the way to the receiver; a name that is not found may be one that is being moved. */
const PASSING_FAULT: ReadonlySet<WebhookFault> = new Set([
  'timeout',
  'name_not_found',
  'connection_failed',
  'tls_failed',
]);
/** A receiver may put us off for so long at most. */
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;
const JITTER = 0.2;

/** Whether another attempt may succeed. */
export function isPassing({ fault, httpStatus }: Pick<SendOutcome, 'fault' | 'httpStatus'>): boolean {
  if (fault === 'http_status') return httpStatus !== null && (httpStatus >= 500 || PASSING_STATUS.has(httpStatus));
  return fault !== null && PASSING_FAULT.has(fault);
}

/**
 * How long to wait before the next attempt, ms; `null` = there is none.
 * @param tries attempts until now, this one included
 * @param schedule waits in ms, one for each repeat
 * @param random 0 to 1
 */
export function retryDelay(
  outcome: SendOutcome,
  { tries, schedule, random }: { tries: number; schedule: readonly number[]; random: number },
): number | null {
  const planned = schedule[tries - 1];
  if (planned === undefined || !isPassing(outcome)) return null;
  // Spread, so that what failed together does not come back together; never earlier than the receiver said.
  const spread = planned * (1 + JITTER * (2 * random - 1));
  return Math.round(Math.max(spread, Math.min(outcome.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)));
}

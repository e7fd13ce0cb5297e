import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { runScript } from './run-script.js';

/** Of a Redis that answers and cannot do it now: it is full, starting, failing over, moving the slot or saving in vain. The second form is Redis 6's, from within a script. */
const PASSES = /^(OOM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|ASK|TRYAGAIN|NOREPLICAS|MISCONF|BUSY)\b|: -OOM /;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * As `runScript`, and waits for Redis to be able to, as a `persistent` connection waits for it to return. For what must not get lost: the script
 * must be safe to repeat. Throws what does not pass, and when the connection is closed.
 */
export async function runScriptPatiently(...call: Parameters<typeof runScript>): Promise<unknown> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await runScript(...call);
    } catch (error) {
      if (!(error instanceof Error) || !PASSES.test(error.message) || isClosed(call[0])) throw error;
    }
    await delay(pauseMs);
  }
}

/** By us: nobody waits any more. */
function isClosed(redis: Redis): boolean {
  return redis.status === 'end';
}

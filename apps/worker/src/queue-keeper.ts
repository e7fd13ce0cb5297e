import type { JobQueue, Logger, Scheduler } from '@gantry/core';
import { MAX_TAKES } from './execution-intake.js';

const MAX_AT_ONCE = 100;
const MAX_TOKENS_AT_ONCE = 1000;

export interface QueueKeeperDeps {
  scheduler: Scheduler;
  tokens: Pick<JobQueue, 'ready' | 'enqueueTokens'>;
  /** Ends one that was claimed too often by workers that fell silent. */
  end: (id: string) => void;
  logger: Logger;
}

/** Gives back what was claimed by workers that are gone, and makes up for tokens that are missing. Too many tokens do no harm. */
export async function keepQueue({ scheduler, tokens, end, logger }: QueueKeeperDeps): Promise<void> {
  const { handedBack, spent } = await scheduler.reclaim(MAX_AT_ONCE, MAX_TAKES);
  if (handedBack > 0) logger.warn({ handedBack }, 'gave back executions whose worker was lost before they started');
  for (const id of spent) end(id);
  // In this order: what is taken in between has used up a token that is then missed, not one that is not.
  // Those for later do not count: they come by the clock of the worker that put them in, which may be wrong by hours.
  const ready = await tokens.ready();
  const missing = Math.min((await scheduler.takeable()) - ready, MAX_TOKENS_AT_ONCE);
  if (missing > 0) await tokens.enqueueTokens(missing);
}

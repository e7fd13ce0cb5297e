import type { BlobStore, Logger } from '@gantry/core';

export const EXPIRE_BLOBS_EVERY_MS = 5000;
const AT_ONCE = 100;
/** Of one round, so that it ends. */
const MAX_A_ROUND = 10_000;

/** Removes the bytes that nobody wants any more. Every worker does it; whoever is first has it done. */
export async function expireBlobs(deps: { blobs: BlobStore; logger: Logger }): Promise<void> {
  let removed = 0;
  for (let last = AT_ONCE; last === AT_ONCE && removed < MAX_A_ROUND; removed += last)
    last = await deps.blobs.expire(AT_ONCE);
  if (removed > 0) deps.logger.debug({ removed }, 'removed expired blobs');
}

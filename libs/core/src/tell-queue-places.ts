import type { QueueNews, WorkerDirectory } from './ports/index.js';
import { estimatedWaitMs, slotsFor } from './queue-estimate.js';

const MAX_AT_ONCE = 100;

/** Tells those that did not start at once where they stand in the queue, and again when that has changed much. */
export async function tellQueuePlaces(deps: { news: QueueNews; workers: WorkerDirectory }): Promise<void> {
  const waiting = await deps.news.due(MAX_AT_ONCE);
  if (waiting.length === 0) return;
  const workers = await deps.workers.list();
  await Promise.all(
    waiting.map(({ id, requires, place }) =>
      deps.news.tell(id, { position: place.ahead + 1, waitMs: estimatedWaitMs(place, slotsFor(requires, workers)) }),
    ),
  );
}

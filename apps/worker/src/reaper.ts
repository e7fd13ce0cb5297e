import type { AttemptStore, Clock, Logger } from '@gantry/core';
import type { LostCounter } from './count-lost.js';

export const REAP_EVERY_MS = 2500;
const MAX_AT_ONCE = 100;
/** An answer that takes this long had to wait for a Redis that was away: everybody else waited too. */
const LATE_MS = 1000;

export interface ReaperDeps<Request, Result> {
  attempts: AttemptStore<Request, Result>;
  /** The end of one whose worker was lost while it ran, or before. */
  lost: (when: 'running' | 'pending') => Result;
  clock: Pick<Clock, 'monotonic'>;
  logger: Logger;
  /** For metrics. */
  counter?: LostCounter;
}

/**
 * Ends jobs whose worker is gone, or gives them back when they are to be tried again. A lapsed lease must be seen twice, a round apart: after an outage of Redis every lease has
 * lapsed, and the workers that live renew theirs before the second look.
 */
export class Reaper<Request, Result> {
  readonly #deps: ReaperDeps<Request, Result>;
  #suspects = new Set<string>();

  constructor(deps: ReaperDeps<Request, Result>) {
    this.#deps = deps;
  }

  async round(): Promise<void> {
    const { attempts, clock } = this.#deps;
    const before = this.#suspects;
    // Forgotten if this look fails: who could not look could not renew either.
    this.#suspects = new Set();
    const askedAt = clock.monotonic();
    const lapsed = await attempts.lapsed(MAX_AT_ONCE);
    const suspects = clock.monotonic() - askedAt < LATE_MS ? before : this.#suspects;
    this.#suspects = new Set(lapsed);
    this.#deps.counter?.onLapsed(lapsed.filter((id) => !suspects.has(id)).length);
    for (const id of lapsed) if (suspects.has(id)) await this.#lose(id);
  }

  /** The queue has given up a job whose worker fell silent before it started. Nobody waits for this. */
  jobLost(id: string): void {
    this.#endPending(id).catch((error: unknown) =>
      this.#deps.logger.error({ err: error, jobId: id }, 'could not end a lost job'),
    );
  }

  async #lose(id: string): Promise<void> {
    const { attempts, lost, logger } = this.#deps;
    const outcome = await attempts.lose(id, lost('running'));
    if (outcome === 'again') logger.warn({ jobId: id }, 'a job whose worker was lost waits for another attempt');
    if (outcome === 'ended') this.#tell(id);
  }

  async #endPending(id: string): Promise<void> {
    const { attempts, lost } = this.#deps;
    const record = await attempts.load(id);
    if (record?.status !== 'pending') return;
    const result = lost(record.attempt > 0 ? 'running' : 'pending');
    // What waited when we looked may have been started since.
    if (await attempts.finish(id, { claim: null }, result)) this.#tell(id);
  }

  #tell(id: string): void {
    this.#deps.logger.warn({ jobId: id }, 'ended a job whose worker was lost');
    this.#deps.counter?.onEnded(id);
  }
}

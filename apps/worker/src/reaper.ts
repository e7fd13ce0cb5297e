import type { AttemptStore, Logger } from '@gantry/core';

export const REAP_EVERY_MS = 2500;
const MAX_AT_ONCE = 100;

export interface ReaperDeps<Request, Result> {
  attempts: AttemptStore<Request, Result>;
  /** The end of one whose worker was lost while it ran, or before. */
  lost: (when: 'running' | 'pending') => Result;
  logger: Logger;
}

/**
 * Ends jobs whose worker is gone. A lapsed lease must be seen twice, a round apart: after an outage of Redis every lease has
 * lapsed, and the workers that live renew theirs before the second look.
 */
export class Reaper<Request, Result> {
  readonly #deps: ReaperDeps<Request, Result>;
  #suspects = new Set<string>();

  constructor(deps: ReaperDeps<Request, Result>) {
    this.#deps = deps;
  }

  async round(): Promise<void> {
    const lapsed = await this.#deps.attempts.lapsed(MAX_AT_ONCE);
    const suspects = this.#suspects;
    this.#suspects = new Set(lapsed);
    for (const id of lapsed) if (suspects.has(id)) await this.#end(id, 'running');
  }

  /** The queue has given up a job whose worker fell silent before it started. Nobody waits for this. */
  jobLost(id: string): void {
    this.#endPending(id).catch((error: unknown) =>
      this.#deps.logger.error({ err: error, jobId: id }, 'could not end a lost job'),
    );
  }

  async #endPending(id: string): Promise<void> {
    const record = await this.#deps.attempts.load(id);
    if (record?.status === 'pending') await this.#end(id, 'pending');
  }

  async #end(id: string, when: 'running' | 'pending'): Promise<void> {
    const ended = await this.#deps.attempts.finish(id, null, this.#deps.lost(when));
    if (ended) this.#deps.logger.warn({ jobId: id }, 'ended a job whose worker was lost');
  }
}

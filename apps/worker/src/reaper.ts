import { unranResult } from '@gantry/contracts';
import type { AttemptStore, Logger } from '@gantry/core';

export const REAP_EVERY_MS = 2500;
const MAX_AT_ONCE = 100;

export interface ReaperDeps {
  attempts: AttemptStore;
  logger: Logger;
}

/**
 * Ends executions whose worker is gone. A lapsed lease must be seen twice, a round apart: after an outage of Redis every lease has
 * lapsed, and the workers that live renew theirs before the second look.
 */
export class Reaper {
  readonly #deps: ReaperDeps;
  #suspects = new Set<string>();

  constructor(deps: ReaperDeps) {
    this.#deps = deps;
  }

  async round(): Promise<void> {
    const lapsed = await this.#deps.attempts.lapsed(MAX_AT_ONCE);
    const suspects = this.#suspects;
    this.#suspects = new Set(lapsed);
    for (const id of lapsed) if (suspects.has(id)) await this.#end(id, 'The worker was lost while the program ran');
  }

  /** The queue has given up a job whose worker fell silent before the program started. */
  async jobLost(id: string): Promise<void> {
    const record = await this.#deps.attempts.load(id);
    if (record?.status === 'pending') await this.#end(id, 'The worker was lost before the program started');
  }

  async #end(id: string, message: string): Promise<void> {
    const ended = await this.#deps.attempts.finish(id, null, unranResult('failed', 'worker_lost', message));
    if (ended) this.#deps.logger.warn({ executionId: id }, 'ended an execution whose worker was lost');
  }
}

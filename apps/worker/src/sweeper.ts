import type { Logger, SandboxProvider, WorkerPresence } from '@gantry/core';

export const SWEEP_EVERY_MS = 5000;

export interface SweeperDeps {
  sandboxes: SandboxProvider;
  workers: Pick<WorkerPresence, 'alive'>;
  /** This worker's own: that it lives says nothing about containers of a process before it. */
  workerId: string;
  logger: Logger;
  /** Told of containers that were removed, for metrics. */
  onSwept?: (containers: number) => void;
}

/**
 * Removes containers of this deployment whose worker is gone, those of a former life of this one included. A worker must be missing
 * from the directory twice, a round apart: after an outage of Redis everybody is missing until the next heartbeat.
 */
export class Sweeper {
  readonly #deps: SweeperDeps;
  #suspects = new Set<string>();

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
  }

  /** Throws when directory or engine does not answer: a worker that can't be seen is not a worker that is gone. */
  async round(): Promise<void> {
    const { sandboxes, workers, workerId, logger } = this.#deps;
    const alive = await workers.alive();
    const suspects = this.#suspects;
    const missing = new Set<string>();
    const swept = await sandboxes.sweep((id) => {
      if (id !== workerId && alive.has(id)) return true;
      missing.add(id);
      return !suspects.has(id);
    });
    this.#suspects = missing;
    if (swept > 0) this.#deps.onSwept?.(swept);
    if (swept > 0) logger.info({ swept }, 'removed containers of workers that are gone');
  }
}

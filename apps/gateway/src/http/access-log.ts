import type { Clock, Logger } from '@gantry/core';
import { LineBudget } from '@gantry/service';

/** Enough to see what happens, too few to fill a disk. */
const ALLOWANCE = { burst: 100, perSecond: 1 };

/**
 * One line for each request: at `debug` when it went well, at `info` when not. The latter are bounded, for a client that is refused may come
 * ten thousand times a second: what is left out is counted and told. Many that are refused leave room for those that failed by us.
 */
export class AccessLog {
  readonly #logger: Logger;
  readonly #budget: LineBudget;

  constructor(logger: Logger, clock: Pick<Clock, 'monotonic'>) {
    this.#logger = logger;
    this.#budget = new LineBudget(ALLOWANCE, () => clock.monotonic());
  }

  write(status: number, fields: object): void {
    if (status >= 200 && status < 300) return this.#logger.debug(fields, 'request');
    const fault = status >= 500 ? 'server' : 'client';
    if (this.#budget.take(fault, (facts) => this.#logger.info({ fault, ...facts }, 'request')))
      this.#logger.info(fields, 'request');
  }

  /** Tells of what was left out. */
  summarise(): void {
    this.#budget.summarise();
  }
}

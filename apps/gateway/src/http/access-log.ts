import type { Clock, Logger } from '@gantry/core';

/** Lines at once, and a second in the long run: enough to see what happens, too few to fill a disk. */
const BURST = 100;
const PER_SECOND = 10;

/**
 * One line for each request: at `debug` when it went well, at `info` when not. The latter are bounded, for a client that is refused may come
 * ten thousand times a second; the next line tells how many were left out.
 */
export class AccessLog {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #left = BURST;
  #countedAt: number;
  #omitted = 0;

  constructor(logger: Logger, clock: Pick<Clock, 'monotonic'>) {
    this.#logger = logger;
    this.#clock = clock;
    this.#countedAt = clock.monotonic();
  }

  write(status: number, fields: object): void {
    if (status >= 200 && status < 300) return this.#logger.debug(fields, 'request');
    if (!this.#mayWrite()) {
      this.#omitted++;
      return;
    }
    const omitted = this.#omitted > 0 ? { omitted: this.#omitted } : {};
    this.#omitted = 0;
    this.#logger.info({ ...fields, ...omitted }, 'request');
  }

  #mayWrite(): boolean {
    const now = this.#clock.monotonic();
    this.#left = Math.min(BURST, this.#left + ((now - this.#countedAt) * PER_SECOND) / 1000);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

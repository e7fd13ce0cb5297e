/** How many ready sandboxes of one class are worth having, from how they were asked for lately. */
export interface DemandSettings {
  /** Never more than this of one class. */
  maxReady: number;
  /** After so long without a request none is kept. */
  forgetAfterMs: number;
}

/** A burst is remembered this long: the next one like it finds as many as the last one took. */
const WINDOW_MS = 10_000;

/**
 * Follows the requests for one class. The wish is the largest number that was asked for within one refill time lately, plus one, so that a
 * steady client always finds one ready and a burst finds as many as the last burst took.
 */
export class PoolDemand {
  readonly #settings: DemandSettings;
  #requests = 0;
  #prepared = false;
  #recent: number[] = [];
  #peak = 0;
  #peakAt = -Infinity;
  #lastAt: number;

  constructor(settings: DemandSettings, now: number) {
    this.#settings = settings;
    this.#lastAt = now;
  }

  /** @param refillMs how long it takes to replace one */
  asked(now: number, refillMs: number): void {
    this.#lastAt = now;
    this.#requests++;
    this.#recent = this.#recent.filter((at) => at > now - refillMs);
    this.#recent.push(now);
    if (this.#recent.length >= this.#peak || now - this.#peakAt > WINDOW_MS) {
      this.#peak = this.#recent.length;
      this.#peakAt = now;
    }
  }

  /** Somebody says that it will be asked for. */
  prepare(now: number): void {
    this.#lastAt = now;
    this.#prepared = true;
  }

  /** One request makes no demand: a client that varies its limits each time would fill the pool with what nobody takes. */
  wish(now: number): number {
    if (this.#requests < 2 && !this.#prepared) return 0;
    if (now - this.#lastAt > this.#settings.forgetAfterMs) return 0;
    const burst = now - this.#peakAt > WINDOW_MS ? 0 : this.#peak;
    return Math.min(this.#settings.maxReady, burst + 1);
  }

  /** Since when nobody has asked. */
  get lastAskedAt(): number {
    return this.#lastAt;
  }
}

/** What all values share that came too late for a label of their own. */
export const OTHER = 'other';

/**
 * Values from outside as label values: the first `max` have one of their own, all others share `other`, for as long as the process lives. So
 * the number of time series is bounded, and no counter ever jumps back.
 */
export class BoundedLabels {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return OTHER;
    this.#known.add(value);
    return value;
  }
}

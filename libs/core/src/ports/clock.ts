/** Time. `now` is epoch milliseconds; `monotonic` milliseconds from an arbitrary start, never going back. */
export interface Clock {
  now(): number;
  monotonic(): number;
}

/** One line of the benchmark: a value, and what it must be. */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** `null` = told for comparison only. */
  target: { atMost: number } | { atLeast: number } | null;
}

export interface Judged extends Measurement {
  met: boolean | null;
}

export function judge(measurement: Measurement): Judged {
  const { value, target } = measurement;
  if (target === null) return { ...measurement, met: null };
  return { ...measurement, met: 'atMost' in target ? value <= target.atMost : value >= target.atLeast };
}

/** @param share 0.5 for the median */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Milliseconds that `act` took. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

/** `count` timings, one after the other, after `warmup` that do not count. */
export async function timings(count: number, warmup: number, act: () => Promise<unknown>): Promise<number[]> {
  for (let i = 0; i < warmup; i++) await act();
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await timed(act));
  return all;
}

/** Operations per second of `clients` that repeat `act` until `total` are done. */
export async function rate(clients: number, total: number, act: () => Promise<unknown>): Promise<number> {
  let left = total;
  const client = async (): Promise<void> => {
    while (left-- > 0) await act();
  };
  const ms = await timed(() => Promise.all(Array.from({ length: clients }, client)));
  return (total / ms) * 1000;
}

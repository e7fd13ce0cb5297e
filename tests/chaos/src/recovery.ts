import { causeOf } from './causes.js';
import type { FaultKind } from './fault-kinds.js';
import type { Entry, Times } from './history.js';
import { ends, type Disturbance, type Story } from './story.js';

/** Whose damage is done when they begin: what was with the worker is to be told lost from then on. All others count from their end. */
const DONE_AT_ONCE = new Set<FaultKind>([
  'worker-kill',
  'worker-out-of-memory',
  'workers-kill-all',
  'worker-stop',
  'worker-cut-from-redis',
  'worker-cut-from-engine',
  'container-kill',
  'container-remove',
  'container-pause',
]);

export interface Recovery {
  /** From the fault to the end that its victims were told. */
  victims: Times | null;
  /** From the end of a fault to the end of the first program that was submitted after it. */
  service: Times | null;
}

export function recoveryOf(
  stories: readonly Story[],
  disturbances: readonly Disturbance[],
  entries: readonly Entry[],
): Recovery {
  const victims = stories.flatMap((story) => victimMs(story, disturbances) ?? []);
  const served = entries.flatMap((entry) => {
    if (entry.kind !== 'served') return [];
    // What the next fault delays says nothing of this one.
    const next = disturbances.some(({ from }) => from > entry.t - entry.ms && from < entry.t);
    return next ? [] : [entry.ms];
  });
  return { victims: timesOf(victims), service: timesOf(served) };
}

/** `null` when it was no victim. */
export function victimMs(story: Story, disturbances: readonly Disturbance[]): number | null {
  const end = ends(story)[0];
  if (!end || !['worker_lost', 'internal_error'].includes(end.told.reason ?? '')) return null;
  const cause = causeOf(story, disturbances);
  if (!cause) return null;
  // What came to it while the fault was there was hit when its program began, or never did.
  const hitAt = DONE_AT_ONCE.has(cause.name) ? cause.from : cause.to;
  return Math.max(0, end.t - Math.max(hitAt, story.runs.at(-1)?.startedAt ?? 0));
}

export function timesOf(values: readonly number[]): Times | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

import { causeOf, flushedDuring } from './causes.js';
import { FAULTS, type FaultKind, type FaultSpec } from './fault-kinds.js';
import type { Entry, Times } from './history.js';
import { ends, type Disturbance, type Run, type Story } from './story.js';

/**
 * Whose damage is done when they begin: what was with the worker is to be told lost from then on. All others count from their end; so when all
 * workers are killed: nobody is there to miss them.
 */
const DONE_AT_ONCE = new Set<FaultKind>([
  'worker-kill',
  'worker-out-of-memory',
  'worker-stop',
  'worker-cut-from-redis',
  'worker-cut-from-engine',
  'container-kill',
  'container-remove',
  'container-pause',
]);

/** An execution that a fault has hit, and how long it took until it was well again. */
export interface Victim {
  fault: FaultKind;
  /** `ended`: by the fault, and told so. `restarted`: as its request allows. `late`: its own end was told when the fault was over. */
  how: 'ended' | 'restarted' | 'late';
  ms: number;
}

export function victimsOf(story: Story, disturbances: readonly Disturbance[]): Victim[] {
  return [...endedBy(story, disturbances), ...restartedBy(story, disturbances), ...toldLateBy(story, disturbances)];
}

/** From the fault to the end that was told. */
function endedBy(story: Story, disturbances: readonly Disturbance[]): Victim[] {
  const end = ends(story)[0];
  if (!end || !['worker_lost', 'internal_error'].includes(end.told.reason ?? '')) return [];
  const cause = causeOf(story, disturbances);
  if (!cause) return [];
  return [{ fault: cause.name, how: 'ended', ms: sinceHit({ cause, disturbances }, story.runs.at(-1), end.t) }];
}

/** From the fault to the next start, for what comes then is the program's own time. */
function restartedBy(story: Story, disturbances: readonly Disturbance[]): Victim[] {
  // What was forgotten is submitted anew by its client.
  if (flushedDuring(story, disturbances)) return [];
  const inOrder = story.runs.toSorted((one, other) => one.startedAt - other.startedAt);
  return inOrder.slice(1).flatMap((next, at) => {
    const lost = inOrder[at] as Run;
    const causes = disturbances.filter(({ name, detail, from, to }) => {
      const spec: FaultSpec = FAULTS[name];
      const onOther = spec.hitsOne && !detail.includes(lost.worker);
      return spec.may.includes('worker_lost') && !onOther && from <= next.startedAt && to >= lost.startedAt;
    });
    const cause = causes.at(-1);
    return cause
      ? [{ fault: cause.name, how: 'restarted', ms: sinceHit({ cause, disturbances }, lost, next.startedAt) }]
      : [];
  });
}

/** Its program had ended by itself, and nobody could be told while the fault was there. */
function toldLateBy(story: Story, disturbances: readonly Disturbance[]): Victim[] {
  const end = ends(story)[0];
  const run = story.runs.at(-1);
  if (!end || !run || end.told.reason !== story.planned.program.end.reason || story.cancels.length > 0) return [];
  // Its sandbox is kept until its end is written.
  const endedAt = run.startedAt + story.planned.program.runMs;
  const cause = disturbances.findLast(({ from, to }) => from < endedAt && endedAt < to && to < end.t);
  return cause ? [{ fault: cause.name, how: 'late', ms: end.t - cause.to }] : [];
}

interface Hit {
  cause: Disturbance;
  disturbances: readonly Disturbance[];
}

function sinceHit({ cause, disturbances }: Hit, run: Run | undefined, t: number): number {
  // What came to it while the fault was there was hit when its program began, or never did.
  const hitAt = Math.max(DONE_AT_ONCE.has(cause.name) ? cause.from : cause.to, run?.startedAt ?? 0);
  // What the next fault delays says nothing of this one.
  const others = disturbances.filter((other) => other !== cause && other.from > hitAt && other.from < t);
  return Math.max(0, t - Math.max(hitAt, ...others.map(({ to }) => to)));
}

/** From the end of each fault to the end of the first program that was submitted after it. */
export function servedAfter(disturbances: readonly Disturbance[], entries: readonly Entry[]): Map<number, number> {
  const served = new Map<number, number>();
  for (const entry of entries) {
    if (entry.kind !== 'served') continue;
    // What the next fault delays says nothing of this one.
    const next = disturbances.some(({ from }) => from > entry.t - entry.ms && from < entry.t);
    if (!next) served.set(entry.fault, entry.ms);
  }
  return served;
}

export function timesOf(values: readonly number[]): Times | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

import { causeOf } from './causes.js';
import type { FaultKind } from './fault-kinds.js';
import type { Entry, Times } from './history.js';
import { servedAfter, timesOf, victimsOf, type Victim } from './recovery.js';
import { ends, type Disturbance, type Story } from './story.js';
import type { Violation } from './violations.js';

/** What one kind of fault has done. */
export interface FaultRow {
  times: number;
  ended: number;
  restarted: number;
  late: number;
  /** Ends that were not the program's own: how many of each. */
  outcomes: Record<string, number>;
  /** Of what it has hit, and of the service, which serves again. */
  victims: Times | null;
  service: Times | null;
}

export interface Recovery {
  /** Of all kinds together. */
  victims: Times | null;
  service: Times | null;
}

/** 99 of 100 are well again after this. */
export const RECOVERED_WITHIN_MS = 20_000;

export interface Damage {
  rows: Partial<Record<FaultKind | 'nothing', FaultRow>>;
  recovery: Recovery;
}

export function damageOf(
  stories: readonly Story[],
  disturbances: readonly Disturbance[],
  entries: readonly Entry[],
): Damage {
  const victims = stories.flatMap((story) => victimsOf(story, disturbances));
  const served = servedAfter(disturbances, entries);
  const outcomes = stories.flatMap((story) => outcomeOf(story, disturbances) ?? []);
  const kinds = new Set([...disturbances.map(({ name }) => name), ...outcomes.map(({ cause }) => cause)]);
  const rows: Damage['rows'] = {};
  for (const kind of kinds) {
    const own = disturbances.filter(({ name }) => name === kind);
    const hit = victims.filter(({ fault }) => fault === kind);
    rows[kind] = {
      times: own.length,
      ...countsOf(hit),
      outcomes: Object.fromEntries(tally(outcomes.filter(({ cause }) => cause === kind).map(({ told }) => told))),
      victims: timesOf(hit.map(({ ms }) => ms)),
      service: timesOf(own.flatMap(({ fault }) => served.get(fault) ?? [])),
    };
  }
  const recovery = { victims: timesOf(victims.map(({ ms }) => ms)), service: timesOf([...served.values()]) };
  return { rows, recovery };
}

/** A kind of fault after which 1 of 100 had to wait for longer than is promised. */
export function slowRecovery({ rows }: Damage): Violation[] {
  return Object.entries(rows).flatMap(([kind, { victims, service }]) =>
    [victims, service].flatMap((times, at): Violation[] =>
      times && times.p99 > RECOVERED_WITHIN_MS
        ? [{ kind: 'slow', n: null, detail: `${kind}: ${at === 0 ? 'victims' : 'the service'} after ${times.p99} ms` }]
        : [],
    ),
  );
}

function countsOf(victims: readonly Victim[]): Pick<FaultRow, 'ended' | 'restarted' | 'late'> {
  const having = (how: Victim['how']): number => victims.filter((each) => each.how === how).length;
  return { ended: having('ended'), restarted: having('restarted'), late: having('late') };
}

/** `null` when its end is its program's own, or its user's. */
function outcomeOf(
  story: Story,
  disturbances: readonly Disturbance[],
): { cause: FaultKind | 'nothing'; told: string } | null {
  const end = ends(story)[0];
  const reason = end?.told.reason;
  if (!end || reason === story.planned.program.end.reason || reason === 'cancelled') return null;
  const cause = causeOf(story, disturbances)?.name ?? 'nothing';
  return { cause, told: `${end.told.status}/${String(reason)}` };
}

function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

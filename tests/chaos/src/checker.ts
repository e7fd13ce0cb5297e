import { damageOf, slowRecovery, type Damage } from './fault-rows.js';
import type { Entry } from './history.js';
import type { Plan } from './plan.js';
import { grown, memoryOf, type Memory } from './memory.js';
import { RULES } from './rules.js';
import { attemptOf, overlapsOf } from './rules-attempts.js';
import { disturbancesOf, ends, isAcknowledged, isRefused, storiesOf, type Disturbance, type Story } from './story.js';
import type { Violation } from './violations.js';

export interface Findings {
  violations: Violation[];
  counts: {
    submitted: number;
    acknowledged: number;
    refused: number;
    /** Neither: the connection broke, and the client had no key to try again with. */
    unknown: number;
    ended: number;
    cancelled: number;
    workerLost: number;
    internalError: number;
    started: number;
    /** Ended by another attempt than their first, as their requests allow. */
    reexecuted: number;
    /** Two attempts of one at the same time, of a worker that was cut off or stopped and another. */
    overlapping: number;
    streams: number;
    resumed: number;
    events: number;
    faults: number;
  };
  damage: Damage;
  memory: Memory;
}

/** Judges a history. Pure: the same history, the same findings. */
export function check(plan: Plan, entries: readonly Entry[]): Findings {
  const stories = storiesOf(plan, entries);
  const disturbances = disturbancesOf(entries);
  const violations = stories.flatMap((story) => RULES.flatMap((rule) => rule(story, { disturbances })));
  const damage = damageOf(stories, disturbances, entries);
  const memory = memoryOf(entries);
  const alsoWrong = plan.options.length === 'long' ? [...slowRecovery(damage), ...grown(memory)] : [];
  return {
    violations: [...violations, ...atLarge(entries, disturbances), ...alsoWrong],
    counts: countsOf(stories, disturbances),
    damage,
    memory,
  };
}

/** What is not about one execution. */
function atLarge(entries: readonly Entry[], disturbances: readonly Disturbance[]): Violation[] {
  const served = new Set(entries.flatMap((entry) => (entry.kind === 'served' ? [entry.fault] : [])));
  const notServed = disturbances.filter(({ fault }) => !served.has(fault));
  const found = entries.flatMap((entry): Violation[] => {
    switch (entry.kind) {
      case 'hang':
        return [{ kind: 'hang', n: entry.n, detail: `${entry.what}: ${entry.ms} ms` }];
      case 'crash':
        return [{ kind: 'crash', n: null, detail: entry.how }];
      case 'leftover':
      case 'trespass':
        return [{ kind: entry.kind, n: null, detail: `${entry.what} ${entry.name}` }];
      default:
        return [];
    }
  });
  return [
    ...found,
    ...notServed.map(({ fault, name }): Violation => ({
      kind: 'not-served',
      n: null,
      detail: `fault ${fault}, ${name}`,
    })),
  ];
}

function countsOf(stories: readonly Story[], disturbances: readonly Disturbance[]): Findings['counts'] {
  const firstEnds = stories.flatMap((story) => ends(story).slice(0, 1));
  const having = (reason: string): number => firstEnds.filter(({ told }) => told.reason === reason).length;
  const sessions = stories.flatMap((story) => [...story.sessions.values()]);
  const acknowledged = stories.filter(isAcknowledged).length;
  const refused = stories.filter(isRefused).length;
  return {
    submitted: stories.length,
    acknowledged,
    refused,
    unknown: stories.length - acknowledged - refused,
    ended: firstEnds.length,
    cancelled: having('cancelled'),
    workerLost: having('worker_lost'),
    internalError: having('internal_error'),
    started: stories.filter(({ runs }) => runs.length > 0).length,
    reexecuted: stories.filter((story) => attemptOf(story) > 1).length,
    overlapping: stories.flatMap((story) => overlapsOf(story, disturbances)).length,
    streams: sessions.length,
    resumed: sessions.filter(({ after }) => after > 0).length,
    events: sessions.reduce((sum, { events }) => sum + events.length, 0),
    faults: disturbances.length,
  };
}

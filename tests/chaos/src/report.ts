import type { Findings } from './checker.js';
import type { Entry, Times } from './history.js';
import type { PlanOptions } from './plan.js';
import { VIOLATIONS, type ViolationKind } from './violations.js';

export interface Report extends Findings {
  options: PlanOptions;
  seconds: number;
  faultKinds: Record<string, number>;
  memory: { role: string; beforeMib: number; afterMib: number }[];
  clean: boolean;
}

const MIB = 1024 * 1024;
/** Two kinds of crash are told of each with an example or two; the history has all. */
const EXAMPLES = 5;

export function reportOf(options: PlanOptions, findings: Findings, entries: readonly Entry[]): Report {
  const faultKinds: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.kind === 'fault' && entry.phase === 'end') faultKinds[entry.name] = (faultKinds[entry.name] ?? 0) + 1;
  }
  const span = (entries.at(-1)?.t ?? 0) - (entries[0]?.t ?? 0);
  return {
    ...findings,
    options,
    seconds: Math.round(span / 1000),
    faultKinds,
    memory: memoryOf(entries),
    clean: findings.violations.length === 0,
  };
}

function memoryOf(entries: readonly Entry[]): Report['memory'] {
  const facts = entries.filter((entry) => entry.kind === 'memory');
  const mean = (role: string, when: 'before' | 'after'): number => {
    const values = facts.filter((fact) => fact.role === role && fact.when === when).map(({ bytes }) => bytes);
    return Math.round((values.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, values.length) / MIB) * 10) / 10;
  };
  return [...new Set(facts.map(({ role }) => role))].map((role) => ({
    role,
    beforeMib: mean(role, 'before'),
    afterMib: mean(role, 'after'),
  }));
}

/** For a terminal, and for the docs. */
export function toText(report: Report): string {
  const { options, counts, violations, recovery, memory, outcomes, faultKinds, seconds } = report;
  const rows = (pairs: readonly (readonly [string, string | number])[]): string => {
    const width = Math.max(0, ...pairs.map(([name]) => name.length));
    return pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
  };
  const kinds = Object.keys(VIOLATIONS) as ViolationKind[];
  const number = (kind: ViolationKind): number => violations.filter((each) => each.kind === kind).length;
  return [
    `seed ${options.seed}, ${counts.submitted} executions, ${counts.faults} faults, ${seconds} s`,
    rows(Object.entries(counts)),
    'faults',
    rows(Object.entries(faultKinds)),
    "ends that are not the program's own, by the last fault before them",
    rows(
      Object.entries(outcomes).map(([cause, row]) => [
        cause,
        Object.entries(row)
          .map(([told, count]) => `${told} ${count}`)
          .join(', '),
      ]),
    ),
    'recovery, ms',
    rows([
      ['victims: fault → end told', timesText(recovery.victims)],
      ["service: fault's end → first program ended", timesText(recovery.service)],
    ]),
    'memory, MiB',
    rows(memory.map(({ role, beforeMib, afterMib }) => [role, `${beforeMib} → ${afterMib}`])),
    'violations',
    rows(kinds.map((kind) => [kind, number(kind)])),
    ...kinds.flatMap((kind) =>
      violations
        .filter((each) => each.kind === kind)
        .slice(0, EXAMPLES)
        .map(({ n, detail }) => `  ! ${kind}${n === null ? '' : ` #${n}`}: ${detail}`),
    ),
  ].join('\n');
}

const timesText = (times: Times | null): string =>
  times === null ? 'none' : `p50 ${times.p50}, p99 ${times.p99}, max ${times.max}`;

import type { Findings } from './checker.js';
import { RECOVERED_WITHIN_MS, type FaultRow } from './fault-rows.js';
import type { Entry, Times } from './history.js';
import type { PlanOptions } from './plan.js';
import { tableOf } from './table.js';
import { VIOLATIONS, type ViolationKind } from './violations.js';

export interface Report extends Findings {
  options: PlanOptions;
  seconds: number;
  /** How many of each kind there were. */
  violated: Record<ViolationKind, number>;
  clean: boolean;
}

/** Two kinds of crash are told of each with an example or two; the history has all. */
const EXAMPLES = 5;

export function reportOf(options: PlanOptions, findings: Findings, entries: readonly Entry[]): Report {
  const span = (entries.at(-1)?.t ?? 0) - (entries[0]?.t ?? 0);
  const kinds = Object.keys(VIOLATIONS) as ViolationKind[];
  const number = (kind: ViolationKind): number => findings.violations.filter((each) => each.kind === kind).length;
  return {
    ...findings,
    options,
    seconds: Math.round(span / 1000),
    violated: Object.fromEntries(kinds.map((kind) => [kind, number(kind)])) as Report['violated'],
    clean: findings.violations.length === 0,
  };
}

/** For a terminal, and for the docs. */
export function toText(report: Report): string {
  const { options, counts, violations, violated, seconds } = report;
  const kinds = Object.keys(VIOLATIONS) as ViolationKind[];
  return [
    `seed ${options.seed}: ${counts.submitted} executions, ${counts.faults} faults, ${seconds} s`,
    '',
    inLines(Object.entries(counts)),
    '',
    damageText(report),
    '',
    memoryText(report),
    '',
    `violations: ${violations.length}`,
    inLines(Object.entries(violated)),
    ...kinds.flatMap((kind) =>
      violations
        .filter((each) => each.kind === kind)
        .slice(0, EXAMPLES)
        .map(({ n, detail }) => `! ${kind}${n === null ? '' : ` #${n}`}: ${detail}`),
    ),
  ].join('\n');
}

const PER_LINE = 6;

function inLines(pairs: readonly (readonly [string, number])[]): string {
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += PER_LINE) {
    const some = pairs.slice(at, at + PER_LINE);
    lines.push(some.map(([name, count]) => `${name} ${count}`).join(', '));
  }
  return lines.map((line, at) => (at < lines.length - 1 ? `${line},` : line)).join('\n');
}

function damageText({ damage: { rows, recovery } }: Report): string {
  const head = ['fault', 'times', 'ended', 'restarted', 'late', 'recovery, s', 'served again, s', 'outcomes'];
  const body = Object.entries(rows).map(([kind, row]) => [kind, ...rowText(row)]);
  const all = ['all', sum(rows, 'times'), sum(rows, 'ended'), sum(rows, 'restarted'), sum(rows, 'late')];
  const total = [...all, seconds(recovery.victims), seconds(recovery.service), ''];
  const within = RECOVERED_WITHIN_MS / 1000;
  return `recovery is p50 / p99 / most; p99 may be ${within} s\n${tableOf([head, ...body, total])}`;
}

function rowText({ times, ended, restarted, late, victims, service, outcomes }: FaultRow): string[] {
  const told = Object.entries(outcomes).map(([what, count]) => `${what} ${count}`);
  return [...[times, ended, restarted, late].map(String), seconds(victims), seconds(service), told.join(', ')];
}

function sum(rows: Report['damage']['rows'], field: 'times' | 'ended' | 'restarted' | 'late'): string {
  return String(Object.values(rows).reduce((all, row) => all + row[field], 0));
}

function memoryText({ memory: { rows, keptBytes } }: Report): string {
  const head = ['memory, MiB', 'before', 'most', 'after', 'starts'];
  const body = rows.map(({ name, before, peak, after, lives }) => [
    name,
    ...[before, peak, after, lives].map((value) => String(Math.round(value * 10) / 10)),
  ]);
  const kept = keptBytes === null ? [] : [`Redis keeps ${keptBytes} bytes for each execution that has ended`];
  return [tableOf([head, ...body]), ...kept].join('\n');
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(1);
const seconds = (times: Times | null): string =>
  times === null ? '' : [times.p50, times.p99, times.max].map(inSeconds).join(' / ');

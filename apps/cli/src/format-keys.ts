import type { DayUsageView, KeyLimitsRequest, KeyView, TenantUsageView, UsageOverview } from '@gantry/contracts';
import { formatBytes, formatSeconds, formatTable, formatTime, visible } from './format-values.js';
import { formatFacts } from './format-views.js';
import type { Paint } from './paint.js';

const LIMITS: readonly [keyof KeyLimitsRequest, string, (value: number) => string][] = [
  ['requests_per_second', 'rps', String],
  ['request_burst', 'burst', String],
  ['max_running', 'running', String],
  ['max_queued', 'queued', String],
  ['cpu_seconds_per_day', 'cpu a day', formatSeconds],
  ['storage_bytes', 'storage', formatBytes],
];

export function formatKeys(keys: readonly KeyView[], paint: Paint): string {
  if (keys.length === 0) return 'No keys.\n';
  const rows = keys.map((key) => [
    visible(key.key_id),
    visible(key.name),
    visible(key.tenant),
    key.role,
    key.state,
    formatTime(key.last_used_at),
    formatTime(key.expires_at),
    Object.keys(key.limits).length === 0 ? 'default' : limitsText(key.limits),
  ]);
  const headings = ['KEY', 'NAME', 'TENANT', 'ROLE', 'STATE', 'LAST USED (UTC)', 'EXPIRES (UTC)', 'LIMITS'];
  return formatTable(headings, rows, (cell, column, row) => {
    if (row === null) return paint('dim', cell);
    return column === 4 ? paint(cell === 'active' ? 'good' : 'bad', cell) : cell;
  });
}

export function formatKey(key: KeyView, paint: Paint): string {
  const facts: [string, string | null][] = [
    ['key', visible(key.key_id)],
    ['name', visible(key.name)],
    ['tenant', visible(key.tenant)],
    ['role', key.role],
    ['state', paint(key.state === 'active' ? 'good' : 'bad', key.state)],
    ['created', formatTime(key.created_at)],
    ['last used', key.last_used_at === null ? 'never' : formatTime(key.last_used_at)],
    ['expires', key.expires_at === null ? 'never' : formatTime(key.expires_at)],
    ['revoked', key.revoked_at === null ? null : formatTime(key.revoked_at)],
    ...LIMITS.map(([name, word, format]): [string, string] => [word, limitText(key.limits[name], format)]),
  ];
  return formatFacts(facts, paint);
}

export function formatUsage(usage: TenantUsageView, paint: Paint): string {
  const { limits, now, stored } = usage;
  const of = (value: number | null | undefined, format: (value: number) => string): string =>
    value == null ? '' : ` of ${format(value)}`;
  const facts = formatFacts(
    [
      ['tenant', visible(usage.tenant)],
      ['running', `${now.running}${of(limits?.max_running, String)}`],
      ['queued', `${now.queued}${of(limits?.max_queued, String)}`],
      ['cpu today', `${formatSeconds(usage.today.cpu_seconds)}${of(limits?.cpu_seconds_per_day, formatSeconds)}`],
      ['stored', `${formatBytes(stored.bytes)}${of(limits?.storage_bytes, formatBytes)}`],
      ['rps', limits?.requests_per_second == null ? null : `${limits.requests_per_second} requests a second at most`],
    ],
    paint,
  );
  const rows = usage.days.map((day) => [day.date, ...dayCells(day)]);
  return `${facts}\n${usageTable('DAY (UTC)', rows, paint)}`;
}

export function formatUsageOverview({ tenants }: UsageOverview, paint: Paint): string {
  if (tenants.length === 0) return 'Nothing has ended in the last 30 days.\n';
  const rows = tenants.map(({ tenant, today }) => [visible(tenant), ...dayCells(today)]);
  return usageTable('TENANT (TODAY)', rows, paint);
}

function usageTable(first: string, rows: readonly string[][], paint: Paint): string {
  const headings = [first, 'ENDED', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED', 'CPU', 'RUN TIME'];
  return formatTable(headings, rows, (cell, _column, row) => (row === null ? paint('dim', cell) : cell));
}

function dayCells({ executions, cpu_seconds, run_seconds }: DayUsageView): string[] {
  const { total, completed, failed, timeout, cancelled } = executions;
  return [
    ...[total, completed, failed, timeout, cancelled].map(String),
    formatSeconds(cpu_seconds),
    formatSeconds(run_seconds),
  ];
}

function limitsText(limits: KeyLimitsRequest): string {
  return LIMITS.filter(([name]) => limits[name] !== undefined)
    .map(([name, word, format]) => `${word} ${limitText(limits[name], format)}`)
    .join(', ');
}

function limitText(value: number | null | undefined, format: (value: number) => string): string {
  if (value === undefined) return 'default';
  return value === null ? 'none' : format(value);
}

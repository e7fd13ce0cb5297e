import type { AdminWorkerView } from '@gantry/contracts';
import { formatSeconds, formatTable, visible } from './format-values.js';
import type { Paint, Style } from './paint.js';

const STATE_STYLE: Record<AdminWorkerView['state'], Style> = { ready: 'good', draining: 'busy', engine_down: 'bad' };
const HEADINGS = ['WORKER', 'HOST', 'VERSION', 'ENGINE', 'SLOTS', 'RUNNING', 'POOL', 'TAGS', 'LABELS', 'AGE', 'STATE'];
const STATE = HEADINGS.indexOf('STATE');

export function formatWorkers(workers: readonly AdminWorkerView[], paint: Paint): string {
  if (workers.length === 0) return 'No workers.\n';
  const rows = workers.map((worker) => [
    visible(worker.worker_id),
    visible(worker.host),
    visible(worker.version),
    visible(worker.engine.version ?? '-'),
    String(worker.slots),
    String(worker.running),
    listed(worker.pool.map(({ kind, ready }) => `${kind} ${ready}`)),
    listed(worker.tags),
    listed(Object.entries(worker.labels).map(([name, value]) => `${name}=${value}`)),
    formatSeconds(worker.heartbeat_age_seconds),
    state(worker),
  ]);
  return formatTable(HEADINGS, rows, (cell, column, row) => {
    if (row === null) return paint('dim', cell);
    const worker = workers[row];
    return column === STATE && worker ? paint(STATE_STYLE[worker.state], cell) : cell;
  });
}

function state({ state, drained, engine }: AdminWorkerView): string {
  if (engine.message !== null && state !== 'ready') return `${state}: ${visible(engine.message)}`;
  return drained ? 'drained' : state;
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? '-' : words.map(visible).join(', ');
}

import type { CancelView, ExecutionSummary, ExecutionView, HealthView, RuntimeList, Status } from '@gantry/contracts';
import { isTerminal } from '@gantry/contracts';
import type { OutputChunk } from '@gantry/client';
import { formatBytes, formatSeconds, formatTable, formatTime, visible } from './format-values.js';
import type { Paint, Style } from './paint.js';

const STATUS_STYLE: Record<Status, Style> = {
  pending: 'busy',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  timeout: 'bad',
  cancelled: 'dim',
};

/** Facts about an execution, one a line, without its output. */
export function formatExecution(view: ExecutionView, paint: Paint): string {
  const cut = [view.stdout_truncated ? 'stdout' : '', view.stderr_truncated ? 'stderr' : '']
    .filter((name) => name !== '')
    .join(' and ');
  const facts: [string, string | null][] = [
    ['execution', visible(view.execution_id)],
    [
      'status',
      paint(STATUS_STYLE[view.status], view.status) + (furtherReason(view) === '' ? '' : ` (${furtherReason(view)})`),
    ],
    ['message', view.error_message === null ? null : visible(view.error_message)],
    ['queue', view.queue === null ? null : placeText(view.queue)],
    ['exit code', view.exit_code === null ? null : String(view.exit_code)],
    ['signal', view.signal === null ? null : visible(view.signal)],
    ['language', visible(view.language)],
    [
      'time',
      view.execution_time_seconds === null
        ? null
        : `${formatSeconds(view.execution_time_seconds)}, ${formatSeconds(view.queue_seconds)} queued`,
    ],
    ['image', view.image_id === null ? null : visible(view.image_id)],
    ['image made', view.image_seconds === null ? null : `first, in ${formatSeconds(view.image_seconds)}`],
    ['cached', view.cached ? 'yes: the result of an equal execution before' : null],
    ['memory', view.usage?.peak_memory_bytes == null ? null : `${formatBytes(view.usage.peak_memory_bytes)} at most`],
    ['cpu', view.usage?.cpu_seconds == null ? null : formatSeconds(view.usage.cpu_seconds)],
    ['created', formatTime(view.created_at)],
    ['finished', view.finished_at === null ? null : formatTime(view.finished_at)],
    ['artifacts', view.artifacts.length === 0 ? null : `${view.artifacts.length}, see "gantry artifacts"`],
    ['not kept', view.artifacts_omitted_count === 0 ? null : `${view.artifacts_omitted_count} files that matched`],
    ['cut', cut === '' ? null : `${cut}: the middle was left out`],
  ];
  return formatFacts(facts, paint);
}

/** One a line; those without a value are left out. */
export function formatFacts(facts: readonly (readonly [name: string, value: string | null])[], paint: Paint): string {
  return facts
    .flatMap(([name, value]) => (value === null ? [] : [`${paint('dim', `${name}:`.padEnd(11))}${value}\n`]))
    .join('');
}

/** The reason where it says more than the status. */
function placeText({ position, estimated_wait_seconds: wait }: NonNullable<ExecutionView['queue']>): string {
  return `number ${position}${wait === null ? '' : `, about ${formatSeconds(wait)}`}`;
}

function furtherReason({ status, reason }: Pick<ExecutionSummary, 'status' | 'reason'>): string {
  return status === 'completed' || reason === null || reason === status ? '' : visible(reason);
}

/** Why there is no plain exit code, in one line; `null` when the program simply ended. */
export function describeEnd(view: Pick<ExecutionView, 'status' | 'reason' | 'error_message'>): string | null {
  if (view.status === 'completed' || (view.status === 'failed' && view.reason === 'exit_code')) return null;
  const word = view.status === 'failed' ? (view.reason ?? view.status) : view.status;
  return view.error_message === null ? visible(word) : `${visible(word)}: ${visible(view.error_message)}`;
}

export function describeDrop(chunk: Pick<OutputChunk, 'stream' | 'droppedBytes'>): string | null {
  if (chunk.droppedBytes === 0) return null;
  const amount = chunk.droppedBytes === null ? 'part' : formatBytes(chunk.droppedBytes);
  return `${amount} of ${chunk.stream} is missing here: the program wrote more than is kept`;
}

export function formatExecutions(executions: readonly ExecutionSummary[], paint: Paint): string {
  if (executions.length === 0) return 'No executions.\n';
  const rows = executions.map((execution) => [
    visible(execution.execution_id),
    execution.status,
    furtherReason(execution),
    visible(execution.language),
    execution.exit_code === null ? '-' : String(execution.exit_code),
    formatSeconds(execution.execution_time_seconds),
    formatTime(execution.created_at),
  ]);
  return formatTable(
    ['EXECUTION', 'STATUS', 'REASON', 'LANGUAGE', 'EXIT', 'TIME', 'CREATED (UTC)'],
    rows,
    (cell, column, row) => {
      if (row === null) return paint('dim', cell);
      const status = executions[row]?.status;
      return column === 1 && status !== undefined ? paint(STATUS_STYLE[status], cell) : cell;
    },
  );
}

export function formatRuntimes(runtimes: RuntimeList['runtimes'], paint: Paint): string {
  if (runtimes.length === 0) return 'No runtimes.\n';
  const rows = runtimes.map((runtime) => [
    visible(runtime.name),
    visible(runtime.version),
    visible(runtime.file_name),
    visible(runtime.package_manager ?? '-'),
    visible(runtime.aliases.join(', ')),
    imageState(runtime),
  ]);
  return formatTable(['LANGUAGE', 'VERSION', 'FILE', 'PACKAGES', 'ALSO CALLED', 'IMAGE'], rows, (cell, column, row) => {
    if (row === null) return paint('dim', cell);
    if (column === 5 && runtimes[row]?.image === 'unavailable') return paint('bad', cell);
    return column === 0 ? paint('strong', cell) : cell;
  });
}

function imageState({ image, image_reason }: RuntimeList['runtimes'][number]): string {
  if (image === 'ready') return 'ready';
  if (image === 'on_first_use') return 'made on first use';
  return `unavailable: ${visible(image_reason ?? 'no reason told')}`;
}

export function formatHealth(health: HealthView, baseUrl: string, paint: Paint): string {
  const state = (ok: boolean): string => (ok ? paint('good', 'available') : paint('bad', 'not available'));
  return [
    `Gantry ${visible(health.version)} at ${baseUrl} is ${paint(health.status === 'healthy' ? 'good' : 'bad', health.status)}`,
    `  docker   ${state(health.docker_available)}, ${health.available_images} images`,
    `  redis    ${state(health.redis_available)}`,
    `  workers  ${health.workers}, ${health.active_containers} executions running`,
    '',
  ].join('\n');
}

export function formatCancel(view: Pick<CancelView, 'status'>, of: string): string {
  const id = visible(of);
  if (view.status === 'cancelled') return `${id} is cancelled.\n`;
  return isTerminal(view.status) ? `${id} had already ended: ${view.status}.\n` : `${id} is being cancelled.\n`;
}

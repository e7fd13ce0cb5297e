import { Counter, Gauge, Histogram } from 'prom-client';
import { BoundedLabels } from './bounded-labels.js';
import { atZero, observedGauge, SECONDS, type Registry } from './metrics.js';
import { createImageMetrics, type ImageMetrics } from './metrics-images.js';
import { createTenantMetrics, type TenantMetrics } from './metrics-tenants.js';
import { createUpkeepMetrics, type UpkeepMetrics } from './metrics-upkeep.js';

export interface WorkerMetrics extends ImageMetrics, TenantMetrics, UpkeepMetrics {
  executions: Counter<'language' | 'status' | 'reason'>;
  queueDelay: Histogram<'language'>;
  acquire: Histogram<'sandbox'>;
  runDuration: Histogram<'language'>;
  running: Gauge;
  outputBytes: Counter<'stream'>;
  /** Neither has labels: they are counted for every batch of events. */
  eventsWritten: Counter;
  eventBytesWritten: Counter;
  artifacts: Counter;
  artifactBytes: Counter;
  artifactsOmitted: Counter<'reason'>;
}

export interface WorkerLabels {
  maxTenants: number;
  /** Whose series shall be there from the start. */
  languages: readonly string[];
}

export function createWorkerMetrics(registry: Registry, { maxTenants, languages }: WorkerLabels): WorkerMetrics {
  return {
    ...executionMetrics(registry, languages),
    ...outputMetrics(registry),
    ...createImageMetrics(registry),
    ...createTenantMetrics(registry, new BoundedLabels(maxTenants)),
    ...createUpkeepMetrics(registry),
  };
}

function executionMetrics(
  registry: Registry,
  languages: readonly string[],
): Pick<WorkerMetrics, 'executions' | 'queueDelay' | 'acquire' | 'runDuration' | 'running'> {
  const registers = [registry];
  const executions = new Counter({
    name: 'gantry_executions_total',
    help: 'Ended executions.',
    labelNames: ['language', 'status', 'reason'],
    registers,
  });
  const acquire = new Histogram({
    name: 'gantry_sandbox_acquire_seconds',
    help: 'Time to get a sandbox that is ready to run.',
    labelNames: ['sandbox'],
    buckets: SECONDS,
    registers,
  });
  for (const sandbox of ['warm', 'cold']) acquire.zero({ sandbox });
  return {
    executions: atZero(executions, languages.flatMap(watched)),
    acquire,
    queueDelay: new Histogram({
      name: 'gantry_queue_delay_seconds',
      help: 'Time from acceptance to the start of the program.',
      labelNames: ['language'],
      buckets: SECONDS,
      registers,
    }),
    runDuration: new Histogram({
      name: 'gantry_run_duration_seconds',
      help: 'Wall time of the program, all stages.',
      labelNames: ['language'],
      buckets: SECONDS,
      registers,
    }),
    running: new Gauge({ name: 'gantry_executions_running', help: 'Executions with this worker now.', registers }),
  };
}

function outputMetrics(
  registry: Registry,
): Pick<
  WorkerMetrics,
  'outputBytes' | 'eventsWritten' | 'eventBytesWritten' | 'artifacts' | 'artifactBytes' | 'artifactsOmitted'
> {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  return {
    outputBytes: new Counter({
      name: 'gantry_output_bytes_total',
      help: 'Bytes that programs wrote and that were kept.',
      labelNames: ['stream'],
      registers: [registry],
    }),
    eventsWritten: counter('gantry_events_written_total', 'Events written to the log.'),
    eventBytesWritten: counter('gantry_event_written_bytes_total', 'Bytes of events written to the log.'),
    artifacts: counter('gantry_artifacts_total', 'Files that programs left and that were kept.'),
    artifactBytes: counter('gantry_artifact_bytes_total', 'Bytes of these files.'),
    artifactsOmitted: new Counter({
      name: 'gantry_artifacts_omitted_total',
      help: 'Files that a pattern matched and that were not kept, as far as they are named in results.',
      labelNames: ['reason'],
      registers: [registry],
    }),
  };
}

/** What alerts look at. */
function watched(language: string): { language: string; status: string; reason: string }[] {
  return ['internal_error', 'worker_lost'].map((reason) => ({ language, status: 'failed', reason }));
}

/** What a worker is asked at a scrape. */
export interface WorkerSources {
  slots: number;
  draining: () => boolean;
  engineUp: () => boolean;
  pool: () => readonly { name: string; ready: number; making: number; wanted: number }[];
}

export function observeWorker(registry: Registry, sources: WorkerSources): void {
  const bit = (value: boolean): number => (value ? 1 : 0);
  const slots = { name: 'gantry_worker_slots', help: 'Executions that this worker runs at once, at most.' };
  observedGauge(registry, slots, (set) => set(sources.slots));
  const draining = { name: 'gantry_worker_draining', help: '1 while this worker takes no new jobs because it drains.' };
  observedGauge(registry, draining, (set) => set(bit(sources.draining())));
  const engine = { name: 'gantry_engine_up', help: '1 while the Docker engine answers and isolates.' };
  observedGauge(registry, engine, (set) => set(bit(sources.engineUp())));
  const labelNames = ['kind', 'state'];
  const pool = { name: 'gantry_pool_sandboxes', help: 'Sandboxes made in advance: ready, making.', labelNames };
  observedGauge(registry, pool, (set) => {
    for (const { name: kind, ready, making } of sources.pool()) {
      set(ready, { kind, state: 'ready' });
      set(making, { kind, state: 'making' });
    }
  });
  const help = 'Sandboxes that the demand of the last seconds asks to have ready.';
  observedGauge(registry, { name: 'gantry_pool_wanted_sandboxes', help, labelNames: ['kind'] }, (set) => {
    for (const { name: kind, wanted } of sources.pool()) set(wanted, { kind });
  });
}

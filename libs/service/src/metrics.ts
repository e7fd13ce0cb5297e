import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Registry } from 'prom-client';

const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** A registry of our own with the process's metrics. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface GatewayMetrics {
  /** By method, route template and status. */
  httpDuration: Histogram<'method' | 'route' | 'status'>;
  submitted: Counter<'language' | 'outcome'>;
  endToEnd: Histogram<'language'>;
  streams: Gauge;
  eventBytes: Counter;
}

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  return {
    httpDuration: new Histogram({
      name: 'gantry_http_request_duration_seconds',
      help: 'Time from request to the end of the answer, streams excluded.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    submitted: new Counter({
      name: 'gantry_submits_total',
      help: 'Requests to execute, by what became of them: accepted, repeated, refused.',
      labelNames: ['language', 'outcome'],
      registers,
    }),
    endToEnd: new Histogram({
      name: 'gantry_submit_to_result_seconds',
      help: 'Time from request to result of executions that a client waited for.',
      labelNames: ['language'],
      buckets: SECONDS,
      registers,
    }),
    streams: new Gauge({ name: 'gantry_event_streams', help: 'Open event streams.', registers }),
    eventBytes: new Counter({ name: 'gantry_event_bytes_total', help: 'Bytes of events sent to clients.', registers }),
  };
}

export interface WorkerMetrics {
  executions: Counter<'language' | 'status' | 'reason'>;
  queueDelay: Histogram<'language'>;
  acquire: Histogram<'sandbox'>;
  runDuration: Histogram<'language'>;
  running: Gauge;
  outputBytes: Counter<'stream'>;
  imageJobs: Counter<'kind' | 'status' | 'reason'>;
  buildDuration: Histogram;
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  return {
    executions: new Counter({
      name: 'gantry_executions_total',
      help: 'Ended executions.',
      labelNames: ['language', 'status', 'reason'],
      registers,
    }),
    queueDelay: new Histogram({
      name: 'gantry_queue_delay_seconds',
      help: 'Time from acceptance to the start of the program.',
      labelNames: ['language'],
      buckets: SECONDS,
      registers,
    }),
    acquire: new Histogram({
      name: 'gantry_sandbox_acquire_seconds',
      help: 'Time to get a sandbox that is ready to run.',
      labelNames: ['sandbox'],
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
    outputBytes: new Counter({
      name: 'gantry_output_bytes_total',
      help: 'Bytes that programs wrote and that were kept.',
      labelNames: ['stream'],
      registers,
    }),
    imageJobs: new Counter({
      name: 'gantry_image_jobs_total',
      help: 'Ended image builds and package installs.',
      labelNames: ['kind', 'status', 'reason'],
      registers,
    }),
    buildDuration: new Histogram({
      name: 'gantry_image_build_seconds',
      help: 'Time to make an image that was not there.',
      buckets: SECONDS,
      registers,
    }),
  };
}

/** A gauge that asks when it is scraped; a failing ask leaves the last value. */
export function observedGauge(
  registry: Registry,
  gauge: { name: string; help: string; labelNames?: string[] },
  observe: (set: (value: number, labels?: Record<string, string>) => void) => Promise<void> | void,
): void {
  new Gauge({
    name: gauge.name,
    help: gauge.help,
    labelNames: gauge.labelNames ?? [],
    registers: [registry],
    async collect() {
      try {
        await observe((value, labels) => (labels ? this.set(labels, value) : this.set(value)));
      } catch {
        // What can't be asked now is asked at the next scrape.
      }
    },
  });
}

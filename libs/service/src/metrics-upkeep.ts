import { Counter, Histogram } from 'prom-client';
import { BoundedLabels } from './bounded-labels.js';
import { atZero, type Registry } from './metrics.js';

/** Workers come and go under new names. */
const MAX_WORKER_LABELS = 100;
const CALL_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CALLS = ['create', 'attach', 'start', 'inspect', 'remove'];
const KINDS_OF_JOBS = [{ jobs: 'executions' }, { jobs: 'images' }];

export interface UpkeepMetrics {
  /** By call and by what became of it: ok, refused (the engine said no), failed (it said nothing, or that it is broken). */
  engineCalls: Histogram<'call' | 'outcome'>;
  leasesLapsed: Counter<'jobs'>;
  jobsLost: Counter<'jobs'>;
  workerLost: Counter<'jobs' | 'worker'>;
  workers: BoundedLabels;
  reaped: Counter<'kind'>;
}

/** What a worker notices while it looks after its engine, and after what others have left behind. */
export function createUpkeepMetrics(registry: Registry): UpkeepMetrics {
  const registers = [registry];
  const leasesLapsed = new Counter({
    name: 'gantry_leases_lapsed_total',
    help: 'Leases that this worker found lapsed, its own or those of others: executions, images.',
    labelNames: ['jobs'],
    registers,
  });
  const jobsLost = new Counter({
    name: 'gantry_jobs_lost_total',
    help: 'Jobs that this worker ended because the worker they were with is gone.',
    labelNames: ['jobs'],
    registers,
  });
  const workerLost = new Counter({
    name: 'gantry_worker_lost_total',
    help: 'The same, by the worker that is gone.',
    labelNames: ['jobs', 'worker'],
    registers,
  });
  const reaped = new Counter({
    name: 'gantry_reaper_removed_total',
    help: 'What was removed because its worker is gone, by kind.',
    labelNames: ['kind'],
    registers,
  });
  return {
    engineCalls: engineCalls(registry),
    leasesLapsed: atZero(leasesLapsed, KINDS_OF_JOBS),
    jobsLost: atZero(jobsLost, KINDS_OF_JOBS),
    workerLost,
    workers: new BoundedLabels(MAX_WORKER_LABELS),
    reaped: atZero(reaped, [{ kind: 'container' }]),
  };
}

function engineCalls(registry: Registry): Histogram<'call' | 'outcome'> {
  const histogram = new Histogram({
    name: 'gantry_engine_call_seconds',
    help: 'Time of a call to the Docker engine for a sandbox, by call and outcome.',
    labelNames: ['call', 'outcome'],
    buckets: CALL_SECONDS,
    registers: [registry],
  });
  for (const call of CALLS) for (const outcome of ['ok', 'failed']) histogram.zero({ call, outcome });
  return histogram;
}

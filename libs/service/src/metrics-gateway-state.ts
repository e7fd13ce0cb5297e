import type { WorkerStatus } from '@gantry/contracts';
import type { BoundedLabels } from './bounded-labels.js';
import { askedOnce, observedGauge, type ObservedGauge, type Registry, type SetValue } from './metrics.js';

export interface QueueDepth {
  waiting: number;
  active: number;
}

/** What waits and what runs. */
export interface Backlog {
  waiting: number;
  running: number;
  /** Age of the execution that waits longest; 0 = none waits. */
  oldestMs: number;
  tenants: readonly { tenant: string; queued: number }[];
}

/** Whom a gateway asks at a scrape. Every gateway of a deployment gets the same answers. */
export interface GatewaySources {
  imageQueue: () => Promise<QueueDepth>;
  backlog: () => Promise<Backlog>;
  workers: () => Promise<readonly WorkerStatus[]>;
  blobs: () => Promise<{ bytes: number; maxBytes: number }>;
}

/** Gauges of the deployment's state, asked when they are scraped. */
export function observeGateway(registry: Registry, sources: GatewaySources, tenants: BoundedLabels): void {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): ObservedGauge => ({
    ...{ name, help, labelNames },
  });
  const images = gauge('gantry_image_queue_jobs', 'Image jobs in the queue, by state.', ['state']);
  observedGauge(registry, images, async (set) => {
    const { waiting, active } = await sources.imageQueue();
    set(waiting, { state: 'waiting' });
    set(active, { state: 'active' });
  });
  const workers = gauge('gantry_workers', 'Workers that are there: ready, draining, engine_down.', ['state']);
  observedGauge(registry, workers, async (set) => countWorkers(await sources.workers(), set));

  const backlog = askedOnce(sources.backlog);
  const jobs = gauge('gantry_queue_jobs', 'Executions that wait, and that run.', ['state']);
  observedGauge(registry, jobs, async (set) => {
    const { waiting, running } = await backlog();
    set(waiting, { state: 'waiting' });
    set(running, { state: 'running' });
  });
  const oldest = gauge('gantry_queue_oldest_seconds', 'Age of the execution that waits longest; 0 when none waits.');
  observedGauge(registry, oldest, async (set) => set((await backlog()).oldestMs / 1000));
  const queued = gauge('gantry_tenant_queued', 'Executions that wait, by tenant.', ['tenant']);
  observedGauge(registry, queued, async (set) => {
    for (const each of (await backlog()).tenants) set(each.queued, { tenant: tenants.of(each.tenant) });
  });

  const usage = askedOnce(sources.blobs);
  const bytes = gauge('gantry_blob_bytes', 'Bytes of files and artifacts that are kept.');
  observedGauge(registry, bytes, async (set) => set((await usage()).bytes));
  const cap = gauge('gantry_blob_max_bytes', 'How many may be kept.');
  observedGauge(registry, cap, async (set) => set((await usage()).maxBytes));
}

function countWorkers(all: readonly WorkerStatus[], set: SetValue): void {
  const states = all.map(({ engine, draining }) =>
    draining ? 'draining' : engine.available ? 'ready' : 'engine_down',
  );
  for (const state of ['ready', 'draining', 'engine_down'])
    set(states.filter((each) => each === state).length, { state });
}

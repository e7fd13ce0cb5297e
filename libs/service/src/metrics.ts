import { collectDefaultMetrics, Gauge, Registry, type Counter } from 'prom-client';
import { VERSION } from './version.js';

export { Registry } from 'prom-client';

/** For what takes from milliseconds to minutes. */
export const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** Sums of others that are there too, by names that Prometheus takes for counters. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** A registry of our own with the process's metrics. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const build = { name: 'gantry_build_info', help: 'Always 1; the version is a label.', labelNames: ['version'] };
  new Gauge({ ...build, registers: [registry] }).set({ version: VERSION }, 1);
  return registry;
}

export interface ObservedGauge {
  name: string;
  help: string;
  labelNames?: readonly string[];
}

export type SetValue = (value: number, labels?: Record<string, string>) => void;

/** Prometheus gives up after ten seconds, and then it has nothing at all. */
const ASK_WITHIN_MS = 2000;

/** A gauge that asks when it is scraped. What can't be asked in time has no value: an old number would look like a new one. */
export function observedGauge(
  registry: Registry,
  gauge: ObservedGauge,
  observe: (set: SetValue) => Promise<void> | void,
): void {
  const labelNames = [...(gauge.labelNames ?? [])];
  new Gauge({
    name: gauge.name,
    help: gauge.help,
    labelNames,
    registers: [registry],
    async collect() {
      const seen = await valuesOf(observe);
      this.reset();
      if (seen.length === 0 && labelNames.length === 0) this.remove();
      for (const [labels, value] of seen) this.inc(labels, value);
    },
  });
}

type Observed = [labels: Record<string, string>, value: number][];

async function valuesOf(observe: (set: SetValue) => Promise<void> | void): Promise<Observed> {
  const seen: Observed = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Observed>((resolve) => {
    timer = setTimeout(() => resolve([]), ASK_WITHIN_MS);
  });
  const ask = async (): Promise<Observed> => {
    await observe((value, labels = {}) => seen.push([labels, value]));
    return seen;
  };
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** Lets series exist before anything happened: Prometheus does not see the first step of one that begins at 1. */
export function atZero<T extends string>(counter: Counter<T>, labels: readonly Record<T, string>[]): Counter<T> {
  for (const each of labels) counter.inc(each, 0);
  return counter;
}

/** One question for all gauges of a scrape, which ask at the same moment. */
export function askedOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | null = null;
  return () => (current ??= ask().finally(() => (current = null)));
}

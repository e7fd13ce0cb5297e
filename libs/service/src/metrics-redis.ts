import { Counter, Gauge, Histogram } from 'prom-client';
import { askedOnce, observedGauge, type Registry } from './metrics.js';

/** So often Redis is asked for a sign of life, whatever the traffic is. */
export const PROBE_REDIS_EVERY_MS = 1000;
const ROUND_TRIPS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface RedisSources {
  /** Over a connection that fails fast, behind whatever else is on its way there. */
  ping: () => Promise<unknown>;
  memory: () => Promise<{ usedBytes: number; maxBytes: number }>;
}

/** Measures Redis as this process meets it. Returns one round of the measuring, which never throws. */
export function observeRedis(registry: Registry, sources: RedisSources): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({ name: 'gantry_redis_up', help: '1 while Redis answers.', registers });
  const roundTrip = new Histogram({
    name: 'gantry_redis_ping_seconds',
    help: 'Round trip of a PING, one a second, behind the other commands of its connection.',
    buckets: ROUND_TRIPS,
    registers,
  });
  const failures = new Counter({
    name: 'gantry_redis_ping_failures_total',
    help: 'PINGs that got no answer in time.',
    registers,
  });
  const memory = askedOnce(sources.memory);
  const used = { name: 'gantry_redis_memory_bytes', help: 'Memory that Redis uses.' };
  observedGauge(registry, used, async (set) => set((await memory()).usedBytes));
  const max = { name: 'gantry_redis_memory_max_bytes', help: 'Its maxmemory; 0 = without a limit.' };
  observedGauge(registry, max, async (set) => set((await memory()).maxBytes));
  return async () => {
    const askedAt = performance.now();
    try {
      await sources.ping();
      roundTrip.observe((performance.now() - askedAt) / 1000);
      up.set(1);
    } catch {
      failures.inc();
      up.set(0);
    }
  };
}

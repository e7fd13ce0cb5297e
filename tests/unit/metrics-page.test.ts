import { describe, expect, test } from '@jest/globals';
import {
  createEngineProxyMetrics,
  createGatewayMetrics,
  createRegistry,
  createWebhookMetrics,
  createWorkerMetrics,
  observeGateway,
  observeRedis,
  observeWorker,
  type Registry,
} from '../../libs/service/src/index.js';
import { documentedMetrics, type DocumentedMetric } from '../support/metrics-page.js';

const REDIS = { ping: () => Promise.resolve('PONG'), memory: () => Promise.resolve({ usedBytes: 1, maxBytes: 2 }) };

function gateway(): Registry {
  const registry = createRegistry('gateway');
  const { tenants } = createGatewayMetrics(registry);
  createWebhookMetrics(registry);
  const depth = (): Promise<{ waiting: number; active: number }> => Promise.resolve({ waiting: 0, active: 0 });
  const sources = {
    imageQueue: depth,
    backlog: () => Promise.resolve({ waiting: 0, running: 0, oldestMs: 0, tenants: [] }),
    workers: () => Promise.resolve([]),
    blobs: () => Promise.resolve({ bytes: 0, maxBytes: 1 }),
  };
  observeGateway(registry, sources, tenants);
  observeRedis(registry, REDIS);
  return registry;
}

function worker(): Registry {
  const registry = createRegistry('worker');
  createWorkerMetrics(registry, { maxTenants: 1, languages: ['python'] });
  observeWorker(registry, { slots: 1, draining: () => false, engineUp: () => true, pool: () => [] });
  observeRedis(registry, REDIS);
  return registry;
}

function engineProxy(): Registry {
  const registry = createRegistry('engine-proxy');
  createEngineProxyMetrics(registry);
  return registry;
}

/** As the page should have them. */
function metricsOf(registry: Registry): Map<string, Omit<DocumentedMetric, 'unit'>> {
  return new Map(
    (registry.getMetricsAsArray() as unknown as { name: string; type?: string; labelNames?: string[] }[]).map(
      ({ name, labelNames }) => [name, { type: typeOf(registry, name), labels: [...(labelNames ?? [])].sort() }],
    ),
  );
}

function typeOf(registry: Registry, name: string): string {
  return (registry.getSingleMetric(name)?.constructor.name ?? '').toLowerCase();
}

const documented = documentedMetrics();
const section = (name: string): Map<string, DocumentedMetric> => documented.get(name) ?? new Map();

describe('docs/metrics.md', () => {
  test.each([
    ['Gateway', ['Gateway and worker', 'Gateway'], gateway],
    ['Worker', ['Gateway and worker', 'Worker'], worker],
    ['Engine proxy', ['Engine proxy'], engineProxy],
  ])('tells of a process: %s, every metric with its type and labels, and no other', (_name, own, create) => {
    const registry = create();
    const page = new Map(['Every process', 'Node.js', ...own].flatMap((title) => [...section(title)]));
    expect(Object.fromEntries([...page].map(([each, { type, labels }]) => [each, { type, labels }]))).toEqual(
      Object.fromEntries(metricsOf(registry)),
    );
  });

  test.each([...documented].flatMap(([, metrics]) => [...metrics]))(
    '%s is named by its unit',
    (name, { type, unit }) => {
      const base = name.replace(/_total$/, '');
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      if (unit === '–') expect(base).not.toMatch(/_(seconds|bytes)$/);
      else expect(base.endsWith(`_${unit}`)).toBe(true);
    },
  );
});

import type { QuotaFault } from '@gantry/contracts';
import { Counter, Gauge, Histogram } from 'prom-client';
import { BoundedLabels } from './bounded-labels.js';
import { atZero, SECONDS, type Registry } from './metrics.js';

/** All that a key may be held to. */
const LIMITS: Record<QuotaFault['limit'], true> = {
  requests_per_second: true,
  max_queued: true,
  cpu_seconds_per_day: true,
  storage_bytes: true,
  max_files: true,
  file_bytes: true,
  webhooks: true,
};

export interface GatewayMetrics {
  /** By method, route template and status. */
  httpDuration: Histogram<'method' | 'route' | 'status'>;
  submitted: Counter<'language' | 'outcome'>;
  cacheLookups: Counter<'outcome'>;
  tenantSubmits: Counter<'tenant' | 'outcome'>;
  endToEnd: Histogram<'language'>;
  streams: Gauge;
  eventBytes: Counter;
  /** By the limit that was hit; one of a closed list. */
  rateLimited: Counter<'limit'>;
  tenants: BoundedLabels;
}

export function createGatewayMetrics(registry: Registry, maxTenantLabels = 100): GatewayMetrics {
  const registers = [registry];
  return {
    ...submitMetrics(registry),
    httpDuration: new Histogram({
      name: 'gantry_http_request_duration_seconds',
      help: 'Time from request to the end of the answer, streams excluded.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    streams: new Gauge({ name: 'gantry_event_streams', help: 'Open event streams.', registers }),
    eventBytes: new Counter({ name: 'gantry_event_bytes_total', help: 'Bytes of events sent to clients.', registers }),
    rateLimited: atZero(
      new Counter({
        name: 'gantry_rate_limited_total',
        help: 'Requests refused because a limit of their key was reached, by limit.',
        labelNames: ['limit'],
        registers,
      }),
      Object.keys(LIMITS).map((limit) => ({ limit })),
    ),
    tenants: new BoundedLabels(maxTenantLabels),
  };
}

function submitMetrics(
  registry: Registry,
): Pick<GatewayMetrics, 'submitted' | 'cacheLookups' | 'tenantSubmits' | 'endToEnd'> {
  const registers = [registry];
  return {
    submitted: new Counter({
      name: 'gantry_submits_total',
      help: 'Requests to execute, by what became of them: accepted, repeated, cached, refused, failed.',
      labelNames: ['language', 'outcome'],
      registers,
    }),
    cacheLookups: atZero(
      new Counter({
        name: 'gantry_result_cache_lookups_total',
        help: 'Requests that would take the result of an equal one, by whether there was one: hit, miss.',
        labelNames: ['outcome'],
        registers,
      }),
      [{ outcome: 'hit' }, { outcome: 'miss' }],
    ),
    tenantSubmits: new Counter({
      name: 'gantry_tenant_submits_total',
      help: 'Requests to execute, by tenant and by what became of them.',
      labelNames: ['tenant', 'outcome'],
      registers,
    }),
    endToEnd: new Histogram({
      name: 'gantry_submit_to_result_seconds',
      help: 'Time from request to result of executions that a client waited for.',
      labelNames: ['language'],
      buckets: SECONDS,
      registers,
    }),
  };
}

import { Counter, Gauge } from 'prom-client';
import type { BoundedLabels } from './bounded-labels.js';
import type { Registry } from './metrics.js';

export interface TenantMetrics {
  tenants: BoundedLabels;
  tenantExecutions: Counter<'tenant' | 'status'>;
  tenantCpu: Counter<'tenant'>;
  tenantRun: Counter<'tenant'>;
  tenantRunning: Gauge<'tenant'>;
}

/** What tenants have used of this worker. */
export function createTenantMetrics(registry: Registry, tenants: BoundedLabels): TenantMetrics {
  const registers = [registry];
  return {
    tenants,
    tenantExecutions: new Counter({
      name: 'gantry_tenant_executions_total',
      help: 'Ended executions, by tenant.',
      labelNames: ['tenant', 'status'],
      registers,
    }),
    tenantCpu: new Counter({
      name: 'gantry_tenant_cpu_seconds_total',
      help: 'Processor time that the programs of a tenant used.',
      labelNames: ['tenant'],
      registers,
    }),
    tenantRun: new Counter({
      name: 'gantry_tenant_run_seconds_total',
      help: 'Wall time of the programs of a tenant.',
      labelNames: ['tenant'],
      registers,
    }),
    tenantRunning: new Gauge({
      name: 'gantry_tenant_running',
      help: 'Executions of a tenant that are with this worker now.',
      labelNames: ['tenant'],
      registers,
    }),
  };
}

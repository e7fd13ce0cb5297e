import { Counter, Gauge } from 'prom-client';
import type { Registry } from './metrics.js';

export interface EngineProxyMetrics {
  requests: Counter<'endpoint' | 'verdict'>;
  streams: Gauge;
}

const VERDICTS = ['allowed', 'refused', 'failed', 'abandoned'];

/** What the proxy before a Docker engine does. */
export function createEngineProxyMetrics(registry: Registry): EngineProxyMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'gantry_engine_proxy_requests_total',
    help: 'Requests to the Docker engine, by endpoint and verdict: allowed, refused, failed (the engine did not answer), abandoned.',
    labelNames: ['endpoint', 'verdict'],
    registers,
  });
  for (const verdict of VERDICTS) requests.inc({ endpoint: 'other', verdict }, 0);
  const streams = new Gauge({ name: 'gantry_engine_proxy_streams', help: 'Open streams to containers.', registers });
  return { requests, streams };
}

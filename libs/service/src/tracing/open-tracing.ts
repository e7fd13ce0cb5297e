import type { Logger, Tracer } from '@gantry/core';
import { PassingTracer } from './passing-tracer.js';
import { exportersOf, type TracingConfig } from './tracing-config.js';

export interface Tracing {
  tracer: Tracer;
  /** Sends what is left, as far as that is possible within two seconds. Never throws. */
  close(): Promise<void>;
}

/** @param service its name, where `OTEL_SERVICE_NAME` gives none */
export async function openTracing(
  config: TracingConfig,
  service: { name: string; version: string; deployment: string },
  logger: Logger,
): Promise<Tracing> {
  if (exportersOf(config).length === 0) return { tracer: new PassingTracer(), close: () => Promise.resolve() };
  // The SDK is loaded by who uses it only.
  const { openOtelTracing } = await import('./otel-tracing.js');
  return openOtelTracing(config, service, logger);
}

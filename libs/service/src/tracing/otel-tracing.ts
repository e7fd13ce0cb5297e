import type { Logger } from '@gantry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { systemClock } from '../system-clock.js';
import { ClientSampler } from './client-sampler.js';
import type { Tracing } from './open-tracing.js';
import { OtelTracer } from './otel-tracer.js';
import { exportersOf, otlpTarget, type OtlpTarget, type TracingConfig } from './tracing-config.js';
import { WatchedExporter } from './watched-exporter.js';

const CLOSE_WITHIN_MS = 2000;
/** No attribute of ours is longer; what a client may choose in one is cut. */
const SPAN_LIMITS = { attributeValueLengthLimit: 256, attributeCountLimit: 64, linkCountLimit: 8, eventCountLimit: 8 };

/** The one module that loads the SDK. Everything it needs is handed over: it reads no environment of its own where we give a value. */
export function openOtelTracing(
  config: TracingConfig,
  service: { name: string; version: string; deployment: string },
  logger: Logger,
): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.version': service.version,
        'gantry.deployment': service.deployment,
        ...config.OTEL_RESOURCE_ATTRIBUTES,
        'service.name': config.OTEL_SERVICE_NAME ?? config.OTEL_RESOURCE_ATTRIBUTES?.['service.name'] ?? service.name,
      }),
    ),
    sampler: samplerOf(config),
    spanLimits: SPAN_LIMITS,
    spanProcessors: exportersOf(config).map(
      (name) =>
        new BatchSpanProcessor({
          exporter: new WatchedExporter(exporterOf(name, otlpTarget(config)), logger, systemClock),
          scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
          maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
          maxExportBatchSize: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
          exportTimeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT + 1000,
        }),
    ),
  });
  return {
    tracer: new OtelTracer(provider.getTracer('gantry', service.version)),
    close: () => closeWithin(provider, CLOSE_WITHIN_MS),
  };
}

function exporterOf(name: 'otlp' | 'console', { url, protocol, headers, timeoutMs }: OtlpTarget): SpanExporter {
  if (name === 'console') return new ConsoleSpanExporter();
  const options = { url, headers, timeoutMillis: timeoutMs };
  return protocol === 'http/json' ? new JsonExporter(options) : new ProtobufExporter(options);
}

function samplerOf(config: TracingConfig): Sampler {
  const { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio } = config;
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return parentBased(config, new AlwaysOnSampler(), 1);
    case 'parentbased_always_off':
      return parentBased(config, new AlwaysOffSampler(), 0);
    case 'parentbased_traceidratio':
      return parentBased(config, new TraceIdRatioBasedSampler(ratio), ratio);
  }
}

function parentBased(config: TracingConfig, root: Sampler, ratio: number): Sampler {
  const perSecond = config.CLIENT_TRACES_PER_SECOND;
  return new ParentBasedSampler({ root, remoteParentSampled: new ClientSampler({ perSecond, ratio }) });
}

/** A collector that does not answer does not hold the process up. */
async function closeWithin(provider: TracerProvider, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  // Spans that could not be sent were told of already.
  await Promise.race([provider.shutdown().catch(() => undefined), late]);
  clearTimeout(timer);
}

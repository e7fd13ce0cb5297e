import { z } from 'zod';
import { decimal, flag, integer, list } from '../load-config.js';

const address = z.url({ protocol: /^https?$/, error: 'must be a http:// or https:// address' });
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const protocol = z.enum(PROTOCOLS, { error: `must be ${PROTOCOLS.join(' or ')}; grpc is not spoken here` });

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** `name=value` pairs, comma separated, percent-encoded, as W3C Baggage writes them. */
const pairs = z.string().transform((text, context): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
    const at = pair.indexOf('=');
    try {
      if (at < 1) throw new URIError();
      found[decodeURIComponent(pair.slice(0, at).trim())] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      // The value may be a secret.
      context.addIssue({ code: 'custom', message: 'must be name=value pairs, comma separated, percent-encoded' });
      return z.NEVER;
    }
  }
  return found;
});

/** The variables of OpenTelemetry that every process understands, with OpenTelemetry's own defaults, but that it is off where nothing is set. */
export const tracingConfigShape = {
  OTEL_SDK_DISABLED: flag(false),
  OTEL_TRACES_EXPORTER: list([]).pipe(z.array(z.enum(['otlp', 'console', 'none']))),
  OTEL_EXPORTER_OTLP_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.default('http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: pairs.optional(),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer(10_000, 1, 600_000),
  OTEL_SERVICE_NAME: z.string().min(1).max(255).optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: decimal(1, 0, 1),
  /** Of one process: traces that are recorded because a client says that it records them. */
  CLIENT_TRACES_PER_SECOND: decimal(10, 0, 1_000_000),
  OTEL_BSP_SCHEDULE_DELAY: integer(5000, 1, 600_000),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(2048, 1, 1_000_000),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(512, 1, 1_000_000),
};

const TracingConfigSchema = z.object(tracingConfigShape);
export type TracingConfig = z.infer<typeof TracingConfigSchema>;

/** Where spans go; none = tracing is off. */
export function exportersOf(config: TracingConfig): readonly ('otlp' | 'console')[] {
  if (config.OTEL_SDK_DISABLED) return [];
  const named = new Set(config.OTEL_TRACES_EXPORTER);
  if (named.size > 0) return [...named].filter((name) => name !== 'none');
  const isAddressed = config.OTEL_EXPORTER_OTLP_ENDPOINT ?? config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  return isAddressed === undefined ? [] : ['otlp'];
}

export interface OtlpTarget {
  url: string;
  protocol: (typeof PROTOCOLS)[number];
  headers: Record<string, string>;
  timeoutMs: number;
}

/** What is said for traces alone comes before what is said for everything. */
export function otlpTarget(config: TracingConfig): OtlpTarget {
  const base = (config.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://localhost:4318').replace(/\/+$/, '');
  return {
    url: config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? `${base}/v1/traces`,
    protocol: config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: { ...config.OTEL_EXPORTER_OTLP_HEADERS, ...config.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    timeoutMs: config.OTEL_EXPORTER_OTLP_TIMEOUT,
  };
}

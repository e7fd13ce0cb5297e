import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from '../load-config.js';
import { exportersOf, otlpTarget, tracingConfigShape, type TracingConfig } from './tracing-config.js';

const load = (env: Record<string, string> = {}): TracingConfig => loadConfig(z.object(tracingConfigShape), env);
const HERE = 'http://collector:4318';

describe('the OTEL_ variables', () => {
  test.each([
    ['nothing is set', {}, []],
    ['an endpoint is set', { OTEL_EXPORTER_OTLP_ENDPOINT: HERE }, ['otlp']],
    ['an endpoint for traces is set', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${HERE}/here` }, ['otlp']],
    ['an exporter is named', { OTEL_TRACES_EXPORTER: 'otlp' }, ['otlp']],
    ['two are named', { OTEL_TRACES_EXPORTER: 'otlp,console' }, ['otlp', 'console']],
    ['none is named', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: HERE }, []],
    ['it is disabled', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: HERE }, []],
    ['it is disabled and named', { OTEL_SDK_DISABLED: 'TRUE', OTEL_TRACES_EXPORTER: 'otlp' }, []],
  ])('say where spans go when %s', (_when, env, exporters) => {
    expect(exportersOf(load(env))).toEqual(exporters);
  });

  test('say where the collector is and what it is told', () => {
    expect(otlpTarget(load())).toEqual({
      url: 'http://localhost:4318/v1/traces',
      protocol: 'http/protobuf',
      headers: {},
      timeoutMs: 10_000,
    });
    const general = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${HERE}/base/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, other = 1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    };
    expect(otlpTarget(load(general))).toEqual({
      url: `${HERE}/base/v1/traces`,
      protocol: 'http/json',
      headers: { 'api-key': 'a b', other: '1' },
      timeoutMs: 2000,
    });
    const special = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://elsewhere/exactly',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'other=2',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
    };
    expect(otlpTarget(load({ ...general, ...special }))).toMatchObject({
      url: 'https://elsewhere/exactly',
      protocol: 'http/protobuf',
      headers: { 'api-key': 'a b', other: '2' },
    });
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'must be http/protobuf or http/json'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', 'must be a http:// or https:// address'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'secret-without-a-name', 'must be name=value pairs'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=secret%zz', 'must be name=value pairs'],
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'OTEL_TRACES_EXPORTER'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'OTEL_TRACES_SAMPLER'],
    ['OTEL_TRACES_SAMPLER_ARG', '2', 'OTEL_TRACES_SAMPLER_ARG'],
  ])('are refused with a reason that shows no secret: %s=%s', (name, value, reason) => {
    const refused = (): unknown => load({ [name]: value });
    expect(refused).toThrow(reason);
    expect(refused).not.toThrow(/secret/);
  });
});

import { afterEach, describe, expect, test } from '@jest/globals';
import type { SpanOptions } from '@gantry/core';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ClientSampler, type ClientSamplerOptions } from './client-sampler.js';
import { OtelTracer } from './otel-tracer.js';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const exporter = new InMemorySpanExporter();

function tracerWith(options: ClientSamplerOptions): OtelTracer {
  const sampler = new ParentBasedSampler({
    root: new AlwaysOffSampler(),
    remoteParentSampled: new ClientSampler(options),
  });
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  return new OtelTracer(new TracerProvider({ sampler, spanProcessors }).getTracer('test'));
}

/** How many of so many spans were recorded, and what the next process is told of the last one. */
async function record(tracer: OtelTracer, count: number, kind: SpanOptions['kind']): Promise<[number, string]> {
  exporter.reset();
  let flags = '';
  for (let i = 0; i < count; i++)
    await tracer.span('it', { ...(kind ? { kind } : {}), parent: { traceparent, tracestate: null } }, async () => {
      flags = tracer.current()?.traceparent.slice(-2) ?? '';
    });
  return [exporter.getFinishedSpans().length, flags];
}

describe('traces that clients want recorded', () => {
  afterEach(() => exporter.reset());

  test('are recorded up to a rate, and the next process is told when they are not', async () => {
    let now = 0;
    const tracer = tracerWith({ perSecond: 5, ratio: 0, now: () => now });
    expect(await record(tracer, 3, 'server')).toEqual([3, '01']);
    expect(await record(tracer, 100, 'server')).toEqual([2, '00']);
    now += 400;
    expect(await record(tracer, 100, 'server')).toEqual([2, '00']);
    now += 60_000;
    expect(await record(tracer, 100, 'server')).toEqual([5, '00']);
  });

  test('are recorded beyond it as often as those that begin here, whatever their ids', async () => {
    const dice = [0.05, 0.5, 0.2, 0.09, 0.9];
    const tracer = tracerWith({ perSecond: 0, ratio: 0.1, random: () => dice.shift() ?? 1 });
    expect(await record(tracer, 5, 'server')).toEqual([2, '00']);
  });

  test('are recorded by a worker where the gateway has decided to', async () => {
    const tracer = tracerWith({ perSecond: 0, ratio: 0 });
    expect(await record(tracer, 20, 'consumer')).toEqual([20, '01']);
  });
});

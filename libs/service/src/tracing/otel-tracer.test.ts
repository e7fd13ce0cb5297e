import { afterEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@gantry/contracts';
import type { TraceContext } from '@gantry/core';
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { activeTraceFields } from './active-span.js';
import { OtelTracer } from './otel-tracer.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const remote = (flags: string): TraceContext => ({ traceparent: `00-${TRACE}-${SPAN}-${flags}`, tracestate: 'a=1' });
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('spans by OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = new OtelTracer(provider.getTracer('test'));
  const named = (name: string) => exporter.getFinishedSpans().find((span) => span.name === name);
  afterEach(() => exporter.reset());

  test('find their parent by the chain of calls, also of work that runs at once', async () => {
    await tracer.span('outer', {}, async () => {
      await Promise.all(
        ['a', 'b'].map((name) =>
          tracer.span(name, {}, async () => {
            await tick();
            await tracer.span(`in ${name}`, {}, tick);
          }),
        ),
      );
    });
    await tracer.span('beside', {}, tick);
    const parentOf = (name: string): string | undefined => named(name)?.parentSpanContext?.spanId;
    const idOf = (name: string): string | undefined => named(name)?.spanContext().spanId;
    expect([parentOf('outer'), parentOf('beside')]).toEqual([undefined, undefined]);
    expect([parentOf('a'), parentOf('b')]).toEqual([idOf('outer'), idOf('outer')]);
    expect([parentOf('in a'), parentOf('in b')]).toEqual([idOf('a'), idOf('b')]);
    expect(named('beside')?.spanContext().traceId).not.toBe(named('outer')?.spanContext().traceId);
  });

  test('go on from another process, and tell the log and the next process who they are', async () => {
    await tracer.span('here', { kind: 'consumer', parent: remote('01'), links: [remote('01'), null] }, async (span) => {
      const spanId = span.context?.traceparent.slice(36, 52);
      expect(tracer.current()).toEqual({ traceparent: `00-${TRACE}-${spanId}-01`, tracestate: 'a=1' });
      expect(activeTraceFields()).toEqual({ traceId: TRACE, spanId });
    });
    expect(named('here')?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
    expect(named('here')?.links).toHaveLength(1);
    expect(tracer.current()).toBeNull();
  });

  test('are not recorded where the client does not sample, nor what is done for it, but keep its trace', async () => {
    await tracer.span('here', { parent: remote('00') }, async () => {
      await tracer.span('below', {}, tick);
      expect(tracer.current()?.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    });
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  test.each([
    ['a fault of ours', new Error('secret'), 'internal_error', 2],
    ['something that is away', new AppError('redis_unavailable', 'secret'), 'redis_unavailable', 2],
    ['what a client did wrong', new AppError('invalid_request', 'secret'), 'invalid_request', 0],
  ])('end with %s by its code alone, and throw it on', async (_what, error, type, code) => {
    await expect(tracer.span('broken', {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(named('broken')).toMatchObject({ attributes: { 'error.type': type }, status: { code }, events: [] });
    expect(JSON.stringify(named('broken')?.attributes)).not.toContain('secret');
  });

  test('leave out what is not known, take a new name, and can be of the past', async () => {
    await tracer.span('before', { attributes: { a: 1, b: null, c: undefined } }, async (span) => {
      span.set({ d: 'x', e: null });
      span.rename('after');
      tracer.past('past', {}, { fromMs: 1_700_000_000_000, toMs: 1_700_000_000_250 });
    });
    expect(named('after')?.attributes).toEqual({ a: 1, d: 'x' });
    expect(named('past')).toMatchObject({ startTime: [1_700_000_000, 0], endTime: [1_700_000_000, 250_000_000] });
    expect(named('past')?.parentSpanContext?.spanId).toBe(named('after')?.spanContext().spanId);
  });
});

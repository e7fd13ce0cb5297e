import { describe, expect, test } from '@jest/globals';
import { toTraceContext, traceFields, traceOf } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;

describe('what a client sends as trace context', () => {
  test.each([
    ['sampled', SAMPLED, SAMPLED],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    ['flags that are not known', `00-${TRACE}-${SPAN}-ff`, SAMPLED],
    ['flags that are not known, not sampled', `00-${TRACE}-${SPAN}-fe`, `00-${TRACE}-${SPAN}-00`],
    ['a later version', `cc-${TRACE}-${SPAN}-01`, SAMPLED],
    ['a later version with more behind it', `01-${TRACE}-${SPAN}-01-what-the-future-brings`, SAMPLED],
  ])('takes a traceparent that is %s', (_what, sent, taken) => {
    expect(toTraceContext(sent)).toEqual({ traceparent: taken, tracestate: null });
  });

  test.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['no text', 7],
    ['a list', [SAMPLED]],
    ['two of them', `${SAMPLED}, ${SAMPLED}`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more behind it', `${SAMPLED}-more`],
    ['a later version with something glued to it', `01-${TRACE}-${SPAN}-01more`],
    ['upper case', SAMPLED.toUpperCase()],
    ['a trace id of zeroes', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeroes', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span id', `00-${TRACE}-${SPAN}0-01`],
    ['a letter that is no digit', `00-${TRACE.replace('4', 'g')}-${SPAN}-01`],
    ['a NUL in it', `00-${TRACE}-${SPAN}\0-01`],
    ['a line behind it', `${SAMPLED}\nx`],
    ['a line behind a later version', `01-${TRACE}-${SPAN}-01-a\nb`],
    ['blanks around it', ` ${SAMPLED} `],
    ['a very long one', `01-${TRACE}-${SPAN}-01-${'a'.repeat(100_000)}`],
  ])('ignores %s', (_what, sent) => {
    expect(toTraceContext(sent, 'a=1')).toBeNull();
  });

  test.each([
    ['one member', 'congo=t61rcWkgMzE', 'congo=t61rcWkgMzE'],
    ['several, with blanks between and empty ones', 'a=1 ,\t,b@vendor=x y', 'a=1,b@vendor=x y'],
  ])('hands on a tracestate with %s', (_what, sent, taken) => {
    expect(toTraceContext(SAMPLED, sent)?.tracestate).toBe(taken);
  });

  test.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['upper case in a key', 'Key=1'],
    ['a key without value', 'key='],
    ['no key', '=1'],
    ['a value with an equals sign', 'key=a=b'],
    ['a control character', 'key=a\x01'],
    ['something that is not ASCII', 'key=ü'],
    ['a key twice', 'a=1,a=2'],
    ['more than 32 members', Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(',')],
    ['more than 512 characters', `a=${'x'.repeat(600)}`],
  ])('drops a tracestate with %s, and keeps the traceparent', (_what, sent) => {
    expect(toTraceContext(SAMPLED, sent)).toEqual({ traceparent: SAMPLED, tracestate: null });
  });
});

test('a job tells its trace, and a log line its ids', () => {
  expect(traceOf({ traceparent: null, tracestate: null })).toBeNull();
  const context = traceOf({ traceparent: SAMPLED, tracestate: 'a=1' });
  expect(context).toEqual({ traceparent: SAMPLED, tracestate: 'a=1' });
  expect(traceFields(context)).toEqual({ traceId: TRACE, spanId: SPAN });
  expect(traceFields(null)).toEqual({});
});

import type { JobRecord } from '@gantry/contracts';
import type { TraceContext } from './ports/index.js';

const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;
const NOTHING = /^0+$/;
/** Later versions may be longer; none is this long. */
const MAX_TRACEPARENT = 256;

const MAX_TRACESTATE = 512;
const MAX_MEMBERS = 32;
const MEMBER =
  /^(?:[a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * What a client sent as `traceparent` and `tracestate`, as W3C Trace Context reads it: a traceparent that is malformed counts as none, and
 * so does the tracestate with it; a malformed tracestate alone is dropped. Of the flags only `sampled` is handed on.
 */
export function toTraceContext(traceparent: unknown, tracestate: unknown = null): TraceContext | null {
  if (typeof traceparent !== 'string' || traceparent.length > MAX_TRACEPARENT) return null;
  const { version, trace, span, flags, more } = TRACEPARENT.exec(traceparent)?.groups ?? {};
  if (version === undefined || trace === undefined || span === undefined || flags === undefined) return null;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (NOTHING.test(trace) || NOTHING.test(span)) return null;
  const sampled = Number.parseInt(flags, 16) & 1;
  return { traceparent: `00-${trace}-${span}-0${sampled}`, tracestate: toTracestate(tracestate) };
}

function toTracestate(tracestate: unknown): string | null {
  if (typeof tracestate !== 'string' || tracestate.length > MAX_TRACESTATE) return null;
  const members = tracestate
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  if (members.length === 0 || members.length > MAX_MEMBERS || keys.size < members.length) return null;
  return members.every((member) => MEMBER.test(member)) ? members.join(',') : null;
}

/** The trace that a job belongs to; `null` = it is not traced. */
export function traceOf({
  traceparent,
  tracestate,
}: Pick<JobRecord<unknown, unknown>, 'traceparent' | 'tracestate'>): TraceContext | null {
  return traceparent === null ? null : { traceparent, tracestate };
}

/** For log lines: ids by which the trace is found; nothing when there is none. */
export function traceFields(context: TraceContext | null): { traceId?: string; spanId?: string } {
  const [, traceId, spanId] = context?.traceparent.split('-') ?? [];
  return traceId === undefined || spanId === undefined ? {} : { traceId, spanId };
}

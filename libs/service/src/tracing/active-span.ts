import { AsyncLocalStorage } from 'node:async_hooks';
import { traceFields, type TraceContext } from '@gantry/core';

/** What is under way in this chain of calls. */
export interface ActiveSpan {
  readonly context: TraceContext;
}

/** Costs nothing until a trace is entered for the first time. */
export const activeSpan = new AsyncLocalStorage<ActiveSpan>();

/** Ids for every line that is logged inside a trace. */
export function activeTraceFields(): { traceId?: string; spanId?: string } {
  const active = activeSpan.getStore();
  return active === undefined ? {} : traceFields(active.context);
}

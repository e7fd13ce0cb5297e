import { IDLE_SPAN, toTraceContext, traceOf, type Span, type Tracer } from '@gantry/core';
import type { RequestHandler, Response } from 'express';

/** Asked for again and again by those who watch; traced only when they want it. */
const PROBES = new Set(['/health', '/healthz', '/readyz']);
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT']);

/** A span for every request, in the trace that the client names if it names one; `traceparent` of the answer tells it. */
export function traceRequest({ tracer }: { tracer: Tracer }): RequestHandler {
  return (request, response, next) => {
    const parent = toTraceContext(request.headers['traceparent'], request.headers['tracestate']);
    if (!parent && (!tracer.records || PROBES.has(request.path))) return next();
    const method = METHODS.has(request.method) ? request.method : '_OTHER';
    const attributes = {
      'http.request.method': method,
      'url.scheme': request.protocol,
      'url.path': request.path,
      'network.protocol.version': request.httpVersion,
    };
    const options = { kind: 'server', parent, attributes } as const;
    void tracer.span(nameOf(method), options, async (span) => {
      if (span.context) response.set('traceparent', span.context.traceparent);
      response.locals['span'] = span;
      const closed = new Promise((resolve) => response.once('close', resolve));
      next();
      await closed;
      tellAnswer(span, method, response);
    });
  };
}

/** The span of this request; one that nobody hears of where there is none. */
export function spanOf(response: Response): Span {
  return (response.locals['span'] as Span | undefined) ?? IDLE_SPAN;
}

/** Which job the request is about, for its span and the log; a trace of the job's own is linked. */
export function tellJob(
  response: Response,
  job: { id: string; traceparent: string | null; tracestate: string | null },
): void {
  response.locals['jobId'] = job.id;
  const span = spanOf(response);
  if (!span.context) return;
  span.set({ [job.id.startsWith('exec_') ? 'gantry.execution.id' : 'gantry.job.id']: job.id });
  const trace = traceOf(job);
  if (trace && traceIdOf(trace) !== traceIdOf(span.context)) span.link(trace);
}

function tellAnswer(span: Span, method: string, response: Response): void {
  const route = response.locals['route'] as string | undefined;
  const { statusCode } = response;
  span.rename(nameOf(method, route));
  span.set({ 'http.route': route, 'http.response.status_code': statusCode });
  // The client has gone before the end.
  if (!response.writableFinished) span.set({ 'gantry.aborted': true });
  const problem = (response.locals['problem'] as string | undefined) ?? String(statusCode);
  if (statusCode >= 500) span.fail(problem);
  else if (statusCode >= 400) span.set({ 'error.type': problem });
}

/** By the template, never by the path with its ids. */
function nameOf(method: string, route?: string): string {
  const verb = method === '_OTHER' ? 'HTTP' : method;
  return route === undefined ? verb : `${verb} ${route}`;
}

const traceIdOf = ({ traceparent }: { traceparent: string }): string => traceparent.slice(3, 35);

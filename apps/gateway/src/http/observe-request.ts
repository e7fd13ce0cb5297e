import type { QuotaFault } from '@gantry/contracts';
import { traceFields } from '@gantry/core';
import type { RequestHandler } from 'express';
import type { GatewayDeps } from '../deps.js';
import { AccessLog } from './access-log.js';
import { newRequestId } from './request-id.js';

/** Gives every request an id, measures it by route template, and logs it. */
export function observeRequest(
  deps: Pick<GatewayDeps, 'metrics' | 'logger' | 'clock' | 'tracer' | 'onLimit'>,
): RequestHandler {
  const accessLog = new AccessLog(deps.logger, deps.clock);
  return (request, response, next) => {
    const startedAt = deps.clock.monotonic();
    const requestId = newRequestId(request);
    const trace = deps.tracer.current();
    response.locals['requestId'] = requestId;
    response.set('X-Request-Id', requestId);
    response.on('finish', () => {
      const route = (response.locals['route'] as string | undefined) ?? 'unmatched';
      const limit = response.locals['limit'] as QuotaFault['limit'] | undefined;
      if (limit) deps.onLimit?.(limit);
      const durationMs = deps.clock.monotonic() - startedAt;
      if (!route.endsWith('/stream') || request.method !== 'GET') {
        deps.metrics.httpDuration.observe(
          { method: request.method, route, status: String(response.statusCode) },
          durationMs / 1000,
        );
      }
    });
    response.on('close', () => {
      const { tenant, jobId, problem, route = 'unmatched' } = response.locals as Record<string, string | undefined>;
      const { statusCode: status } = response;
      const durationMs = Math.round(deps.clock.monotonic() - startedAt);
      // Gone before the end: its client has hung up, or was cut.
      const aborted = response.writableFinished ? undefined : true;
      const job = jobId?.startsWith('exec_') ? { executionId: jobId } : { jobId };
      const about = { tenant, ...job, problem, aborted, ...traceFields(trace) };
      accessLog.write(status, { requestId, method: request.method, route, status, durationMs, ...about });
    });
    next();
  };
}

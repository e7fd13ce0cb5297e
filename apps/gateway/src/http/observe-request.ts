import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { GatewayDeps } from '../deps.js';

/** Gives every request an id, and measures it by route template. */
export function observeRequest(deps: Pick<GatewayDeps, 'metrics' | 'logger' | 'clock'>): RequestHandler {
  return (request, response, next) => {
    const startedAt = deps.clock.monotonic();
    const requestId = randomUUID();
    response.locals['requestId'] = requestId;
    response.set('X-Request-Id', requestId);
    response.on('finish', () => {
      const route = (response.locals['route'] as string | undefined) ?? 'unmatched';
      const durationMs = deps.clock.monotonic() - startedAt;
      if (!route.endsWith('/stream') || request.method !== 'GET') {
        deps.metrics.httpDuration.observe(
          { method: request.method, route, status: String(response.statusCode) },
          durationMs / 1000,
        );
      }
      deps.logger.debug(
        { requestId, method: request.method, route, status: response.statusCode, durationMs },
        'request',
      );
    });
    next();
  };
}

import { Router } from 'express';
import type { GatewayDeps } from '../deps.js';
import { resource } from '../http/resource.js';

/** `GET /metrics`, for Prometheus. */
export function metricsRoutes({ registry }: Pick<GatewayDeps, 'registry'>): Router {
  const router = Router();
  resource(router, '/metrics', {
    get: async (_request, response) => {
      response.set('Content-Type', registry.contentType).send(await registry.metrics());
    },
  });
  return router;
}

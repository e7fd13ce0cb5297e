import { Router } from 'express';
import type { GatewayDeps } from '../deps.js';
import { principalOf } from './authenticate.js';
import { resource } from './resource.js';
import { toTenantUsageView } from './wire-usage.js';

/** `GET /usage`: what who asks has used, and may use. */
export function usageRoutes(deps: Pick<GatewayDeps, 'usage'>): Router {
  const router = Router();
  resource(router, '/usage', {
    get: async (_request, response) => {
      const { tenant, limits } = principalOf(response);
      response.json(toTenantUsageView(tenant, await deps.usage.read(tenant), limits));
    },
  });
  return router;
}

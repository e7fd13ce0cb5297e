import { TenantName, type UsageOverview } from '@gantry/contracts';
import { Router } from 'express';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.js';
import { resource } from '../http/resource.js';
import { validate } from '../http/validate.js';
import { toDayView, toTenantUsageView } from '../http/wire-usage.js';

const MAX_TENANTS = 1000;
const Query = z.strictObject({ tenant: TenantName.optional() });

/** `GET /admin/usage`: of all tenants today, or of one in full. */
export function adminUsageRoutes({ usage }: Pick<GatewayDeps, 'usage'>): Router {
  const router = Router();
  resource(router, '/admin/usage', {
    get: async (request, response) => {
      const { tenant } = validate(Query, request.query);
      if (tenant !== undefined) return void response.json(toTenantUsageView(tenant, await usage.read(tenant), null));
      const tenants = await usage.tenants(MAX_TENANTS);
      const rows = tenants.map((each) => ({ tenant: each.tenant, today: toDayView(each.today) }));
      response.json({ tenants: rows } satisfies UsageOverview);
    },
  });
  return router;
}

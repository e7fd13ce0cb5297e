import type { ReadinessView } from '@gantry/contracts';
import { serviceHealth } from '@gantry/core';
import { Router } from 'express';
import type { GatewayDeps } from '../deps.js';
import { readiness } from '../readiness.js';
import { resource } from './resource.js';
import { toHealthView, toRuntimeList } from './wire.js';

/** Questions about the service that anybody may ask. */
export function healthRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/health', {
    get: async (_request, response) => {
      const health = await serviceHealth(deps);
      const problems = health.redisAvailable ? (deps.redisSetup?.problems ?? []) : [];
      const view = toHealthView(health, { version: deps.version, nowMs: deps.clock.now() });
      response.json(problems.length === 0 ? view : { ...view, redis_problems: problems });
    },
  });
  resource(router, '/healthz', { get: (_request, response) => void response.json({ status: 'ok' }) });
  resource(router, '/readyz', {
    get: async (_request, response) => {
      const view = await readiness(deps);
      response.status(view.ready ? 200 : 503).json(view satisfies ReadinessView);
    },
  });
  return router;
}

/** Questions that need a key where keys are set. */
export function serviceRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/runtimes', {
    get: async (_request, response) => {
      response.json(toRuntimeList(deps.runtimes.list(), await deps.workers.list()));
    },
  });
  return router;
}

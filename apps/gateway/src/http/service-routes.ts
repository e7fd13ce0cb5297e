import type { ReadinessView } from '@gantry/contracts';
import { serviceHealth } from '@gantry/core';
import { Router } from 'express';
import type { GatewayDeps } from '../deps.js';
import { resource } from './resource.js';
import { toHealthView, toRuntimeList } from './wire.js';

/** Questions about the service that anybody may ask. */
export function healthRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/health', {
    get: async (_request, response) => {
      const health = await serviceHealth(deps);
      response.json(toHealthView(health, { version: deps.version, nowMs: deps.clock.now() }));
    },
  });
  resource(router, '/healthz', { get: (_request, response) => void response.json({ status: 'ok' }) });
  resource(router, '/readyz', {
    get: async (_request, response) => {
      const { messages } = await serviceHealth(deps);
      const draining = deps.shutdown.aborted;
      const checks: ReadinessView['checks'] = {
        redis: { ok: messages.redis === null, message: messages.redis },
        workers: { ok: messages.workers === null, message: messages.workers },
        intake: { ok: !draining, message: draining ? 'shutting down' : null },
      };
      const ready = Object.values(checks).every((check) => check.ok);
      response.status(ready ? 200 : 503).json({ ready, checks } satisfies ReadinessView);
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
  resource(router, '/metrics', {
    get: async (_request, response) => {
      const text = await deps.registry.metrics();
      response.set('Content-Type', deps.registry.contentType).send(text);
    },
  });
  return router;
}

import type { WorkerList } from '@gantry/contracts';
import { Router } from 'express';
import type { GatewayDeps } from '../deps.js';
import { resource } from './resource.js';
import { toWorkerView } from './wire-workers.js';

/** `GET /workers`: who runs what is submitted here. */
export function workerRoutes(deps: Pick<GatewayDeps, 'workers'>): Router {
  const router = Router();
  resource(router, '/workers', {
    get: async (_request, response) => {
      response.json({ workers: (await deps.workers.list()).map(toWorkerView) } satisfies WorkerList);
    },
  });
  return router;
}

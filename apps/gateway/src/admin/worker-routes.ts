import { AppError, type AdminWorkerList, type WorkerOrderView } from '@gantry/contracts';
import type { WorkerOrder } from '@gantry/core';
import { Router, type RequestHandler } from 'express';
import type { GatewayDeps } from '../deps.js';
import { resource } from '../http/resource.js';
import { toAdminWorkerView } from '../http/wire-workers.js';

/** `GET /admin/workers`, and what operators ask of one of them. */
export function adminWorkerRoutes(deps: Pick<GatewayDeps, 'workers'>): Router {
  const router = Router();
  resource(router, '/admin/workers', {
    get: async (_request, response) => {
      response.json({ workers: (await deps.workers.list()).map(toAdminWorkerView) } satisfies AdminWorkerList);
    },
  });
  resource(router, '/admin/workers/:id/drain', { post: ordering(deps, 'drain') });
  resource(router, '/admin/workers/:id/resume', { post: ordering(deps, 'resume') });
  return router;
}

/** Answers once the worker has been told, not once it has obeyed: that is to be seen in the list. */
function ordering({ workers }: Pick<GatewayDeps, 'workers'>, order: WorkerOrder): RequestHandler {
  return async (request, response) => {
    const id = String(request.params['id']);
    if (!/^[A-Za-z0-9._-]{1,128}$/.test(id) || !(await workers.order(id, order)))
      throw new AppError('not_found', `No worker ${JSON.stringify(id.slice(0, 128))} is connected`);
    response.status(202).json({ worker_id: id, order } satisfies WorkerOrderView);
  };
}

import { InstallPackageRequest } from '@gantry/contracts';
import { orderImage } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { answerImage } from './answer-image.js';
import { tenantOf } from './authenticate.js';
import { idempotencyKeyOf } from './idempotency-key.js';

import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { validate } from './validate.js';
import { waitMsOf } from './wait-ms.js';
import { toInstallOrder, toInstallView } from './wire-images.js';

/** `POST /packages/install` */
export function packageRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/packages/install', { post: (request, response) => install(deps, request, response) });
  return router;
}

async function install(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const body = validate(InstallPackageRequest, request.body);
  const sender = { tenant: tenantOf(response), idempotencyKey: idempotencyKeyOf(request) };
  const signal = requestSignal(response, deps.shutdown);
  const outcome = await orderImage(deps, toInstallOrder(body, sender), waitMsOf(request, body.wait_seconds), signal);
  answerImage(response, outcome, toInstallView);
}

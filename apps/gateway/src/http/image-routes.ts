import {
  AppError,
  CreateImageRequest,
  IMAGE_ID,
  type ImageDeleted,
  type ImageList,
  type ImageRecord,
} from '@gantry/contracts';
import { findImage, forgetImage, orderImage } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.js';
import { answerImage } from './answer-image.js';
import { ownerOf, tenantOf } from './authenticate.js';
import { idempotencyKeyOf } from './idempotency-key.js';

import { requestSignal } from './request-signal.js';
import { resource } from './resource.js';
import { validate } from './validate.js';
import { waitMsOf } from './wait-ms.js';
import { toCreateOrder, toCreateView, toImageSummary, toImageView } from './wire-images.js';

const ListQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  cursor: z.string().regex(IMAGE_ID, 'must be next_cursor of the page before').optional(),
});

/** Everything below `/images`. */
export function imageRoutes(deps: GatewayDeps): Router {
  const router = Router();
  resource(router, '/images', { get: (request, response) => listAll(deps, request, response) });
  resource(router, '/images/create', { post: (request, response) => create(deps, request, response) });
  resource(router, '/images/:id', {
    get: (request, response) => getOne(deps, request, response),
    delete: (request, response) => deleteOne(deps, request, response),
  });
  return router;
}

async function create(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const body = validate(CreateImageRequest, request.body);
  const { tenant, caps } = ownerOf(response);
  const sender = { tenant, storageBytes: caps?.storageBytes ?? null, idempotencyKey: idempotencyKeyOf(request) };
  const order = toCreateOrder(body, sender, deps.runtimes);
  const signal = requestSignal(response, deps.shutdown);
  const outcome = await orderImage(deps, order, waitMsOf(request, body.wait_seconds), signal);
  answerImage(response, outcome, toCreateView);
}

async function listAll(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const { limit, cursor } = validate(ListQuery, request.query);
  const page = await deps.images.list(tenantOf(response), { limit, cursor: cursor ?? null });
  const workers = await deps.workers.list();
  response.json({
    images: page.images.map((image) => toImageSummary(image, workers)),
    next_cursor: page.nextCursor,
  } satisfies ImageList);
}

async function getOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const image = await mustFind(deps, request, response);
  const [workers, uses] = await Promise.all([deps.workers.list(), deps.images.uses(tenantOf(response), image.id)]);
  response.json(toImageView(image, workers, uses));
}

async function deleteOne(deps: GatewayDeps, request: Request, response: Response): Promise<void> {
  const image = await mustFind(deps, request, response);
  if (!(await forgetImage(deps, tenantOf(response), image))) throw missing(request);
  const deleted: ImageDeleted = { success: true, image_id: image.id, message: 'Image deleted successfully' };
  response.json(deleted);
}

async function mustFind(deps: GatewayDeps, request: Request, response: Response): Promise<ImageRecord> {
  const image = await findImage(deps.images, tenantOf(response), String(request.params['id']));
  if (!image) throw missing(request);
  return image;
}

function missing(request: Request): AppError {
  return new AppError('not_found', `There is no image ${String(request.params['id']).slice(0, 64)}`);
}

import { AppError, ExecutionId, JobId } from '@gantry/contracts';
import { tooManyWebhooks } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import type { z } from 'zod';
import type { GatewayDeps } from '../deps.js';
import { tenantOf } from './authenticate.js';
import { resource } from './resource.js';
import { toWebhookDeliveries } from './wire-webhooks.js';

type WebhookDeps = Pick<GatewayDeps, 'webhooks' | 'webhookRules'>;

/** What became of the webhook of a job, and once more, please. */
export function webhookRoutes(deps: WebhookDeps): Router {
  const router = Router();
  for (const [root, idSchema] of [
    ['/executions', ExecutionId],
    ['/jobs', JobId],
  ] as const) {
    resource(router, `${root}/:id/webhook-deliveries`, {
      get: (request, response) => tell(deps, idOf(request, idSchema), response),
    });
    resource(router, `${root}/:id/webhook-deliveries/redeliver`, {
      post: (request, response) => redeliver(deps, idOf(request, idSchema), response),
    });
  }
  return router;
}

async function tell(deps: WebhookDeps, id: string, response: Response): Promise<void> {
  const log = await deps.webhooks.log(id, tenantOf(response));
  if (!log) throw missing(id);
  response.json(toWebhookDeliveries(id, log));
}

async function redeliver(deps: WebhookDeps, id: string, response: Response): Promise<void> {
  if (!deps.webhookRules) throw new AppError('webhooks_disabled', 'This service sends no webhooks');
  const { maxPending } = deps.webhookRules;
  const outcome = await deps.webhooks.redeliver(id, tenantOf(response), maxPending);
  if (outcome === 'unknown') throw missing(id);
  if (outcome === 'not_due') throw new AppError('webhook_not_due', `${id} has not ended`);
  if (outcome === 'too_many') throw tooManyWebhooks(maxPending, maxPending);
  response.status(202);
  await tell(deps, id, response);
}

/** An id that can't be one is answered like one that is not there. */
function idOf(request: Request, schema: z.ZodString): string {
  const { id } = request.params;
  if (!schema.safeParse(id).success) throw missing(String(id));
  return id as string;
}

function missing(id: string): AppError {
  return new AppError('not_found', `There is no ${id.slice(0, 64)} with a webhook`);
}

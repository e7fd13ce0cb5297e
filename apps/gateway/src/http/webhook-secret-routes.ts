import {
  AppError,
  PutWebhookSecretRequest,
  WebhookSecretName,
  type WebhookSecretDeleted,
  type WebhookSecretList,
  type WebhookSecretStored,
} from '@gantry/contracts';
import { putWebhookSecret, secretFacts } from '@gantry/core';
import { Router, type Request, type Response } from 'express';
import type { GatewayDeps } from '../deps.js';
import { tenantOf } from './authenticate.js';
import { resource } from './resource.js';
import { validate } from './validate.js';
import { toSecretView } from './wire-webhooks.js';

type SecretDeps = Pick<GatewayDeps, 'webhookSecrets' | 'secretBox' | 'clock' | 'logger'>;

/** What a tenant's webhooks are signed with. A secret that was kept is never told again. */
export function webhookSecretRoutes(deps: SecretDeps): Router {
  const router = Router();
  resource(router, '/webhook-secrets', {
    get: async (_request, response) => {
      const stored = await deps.webhookSecrets.list(tenantOf(response));
      const secrets = stored.map((secret) => toSecretView(secretFacts(secret, deps.clock.now())));
      response.json({ secrets } satisfies WebhookSecretList);
    },
  });
  resource(router, '/webhook-secrets/:name', {
    get: async (request, response) => {
      const stored = await deps.webhookSecrets.get(tenantOf(response), nameOf(request));
      if (!stored) throw missing(request);
      response.json(toSecretView(secretFacts(stored, deps.clock.now())));
    },
    put: (request, response) => put(deps, request, response),
    delete: async (request, response) => {
      const name = nameOf(request);
      if (!(await deps.webhookSecrets.remove(tenantOf(response), name))) throw missing(request);
      deps.logger.info({ tenant: tenantOf(response), name }, 'webhook secret deleted');
      response.json({ name, deleted: true } satisfies WebhookSecretDeleted);
    },
  });
  return router;
}

async function put(deps: SecretDeps, request: Request, response: Response): Promise<void> {
  const name = String(request.params['name']);
  if (!WebhookSecretName.safeParse(name).success) {
    const message = 'must be 1 to 64 letters, digits, ., _ or -, beginning with a letter or digit';
    throw new AppError('invalid_request', `The name ${message}`, { fields: [{ path: 'name', message }] });
  }
  const body = validate(PutWebhookSecretRequest, request.body ?? {});
  const order = { name, secret: body.secret ?? null, previousMs: body.previous_valid_seconds * 1000 };
  const { facts, secret } = await putWebhookSecret(deps, tenantOf(response), order);
  deps.logger.info({ tenant: tenantOf(response), name }, 'webhook secret stored');
  response.set('Cache-Control', 'no-store');
  response.json({ ...toSecretView(facts), secret } satisfies WebhookSecretStored);
}

/** A name that can't be one is answered like one that is not there. */
function nameOf(request: Request): string {
  const { name } = request.params;
  if (!WebhookSecretName.safeParse(name).success) throw missing(request);
  return name as string;
}

function missing(request: Request): AppError {
  return new AppError('not_found', `There is no webhook secret ${String(request.params['name']).slice(0, 64)}`);
}

import { ChangeKeyRequest, CreateKeyRequest, type KeyCreated, type KeyList } from '@gantry/contracts';
import { changeKey, createKey, requireKey, revokeKey } from '@gantry/core';
import { Router, type Request } from 'express';
import type { GatewayDeps } from '../deps.js';
import { resource } from '../http/resource.js';
import { validate } from '../http/validate.js';
import { toKeyOrder, toKeyView, toLimitName, toLimits } from './wire-keys.js';

/** Keys of the API: made, listed, changed, revoked. `{id}` is the id of a key, or the name of one in force. */
export function keyRoutes(deps: Pick<GatewayDeps, 'keyStore' | 'clock' | 'logger' | 'adminElsewhere'>): Router {
  const router = Router();
  const idOf = (request: Request): string => String(request.params['id']);
  resource(router, '/admin/keys', {
    get: async (_request, response) => {
      const keys = await deps.keyStore.list();
      response.json({ keys: keys.map((key) => toKeyView(key, deps.clock.now())) } satisfies KeyList);
    },
    post: async (request, response) => {
      const { key, secret } = await createKey(deps, toKeyOrder(validate(CreateKeyRequest, request.body ?? {})));
      deps.logger.info({ keyId: key.id, tenant: key.tenant, role: key.role }, 'key created');
      response.set('Cache-Control', 'no-store').set('Location', `/admin/keys/${key.id}`);
      response.status(201).json({ ...toKeyView(key, deps.clock.now()), key: secret } satisfies KeyCreated);
    },
  });
  resource(router, '/admin/keys/:id', {
    get: async (request, response) => {
      response.json(toKeyView(await requireKey(deps, idOf(request)), deps.clock.now()));
    },
    patch: async (request, response) => {
      const { limits, reset } = validate(ChangeKeyRequest, request.body ?? {});
      const change = { limits: toLimits(limits), reset: reset.map(toLimitName) };
      const key = await changeKey(deps, idOf(request), change);
      deps.logger.info({ keyId: key.id, tenant: key.tenant }, 'limits of a key changed');
      response.json(toKeyView(key, deps.clock.now()));
    },
    delete: async (request, response) => {
      const key = await revokeKey(deps, idOf(request));
      deps.logger.info({ keyId: key.id, tenant: key.tenant }, 'key revoked');
      response.json(toKeyView(key, deps.clock.now()));
    },
  });
  return router;
}

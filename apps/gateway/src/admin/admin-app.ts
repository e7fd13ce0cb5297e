import type { QueueBoard } from '@gantry/queue';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { isLoopback, type GatewayConfig } from '../config.js';
import type { GatewayDeps } from '../deps.js';
import { checkOrigin, type OriginRules } from '../http/check-origin.js';
import { errorHandler, unknownRoute } from '../http/error-handler.js';
import { jsonBody } from '../http/json-body.js';
import { observeRequest } from '../http/observe-request.js';
import { healthRoutes } from '../http/service-routes.js';
import { keyRoutes } from './key-routes.js';
import { metricsRoutes } from './metrics-routes.js';
import { queueBoardRoutes } from './queue-board-routes.js';
import { requireAdmin } from './require-admin.js';
import { adminUsageRoutes } from './usage-routes.js';
import { adminWorkerRoutes } from './worker-routes.js';

export interface AdminDeps extends GatewayDeps {
  queueBoard: QueueBoard;
}

/** No body of an administrator is large. */
const MAX_ADMIN_BODY_BYTES = 64 * 1024;

/**
 * What operators ask and change, apart from the API: another port, so that a proxy in front of the API cannot lead here. Health and metrics
 * need no key, like those of the workers; everything below /admin does.
 */
export function createAdminApp(deps: AdminDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(observeRequest(deps));
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
      strictTransportSecurity: false,
    }),
  );
  app.use(checkOrigin(originRules(deps.config)));
  app.use(healthRoutes(deps));
  app.use(metricsRoutes(deps));
  // Pages have a way of their own to say who asks.
  app.use(queueBoardRoutes(deps));
  app.use('/admin', requireAdmin(deps.authenticator));
  app.use(jsonBody(MAX_ADMIN_BODY_BYTES));
  app.use(keyRoutes(deps));
  app.use(adminUsageRoutes(deps));
  app.use(adminWorkerRoutes(deps));
  app.use(unknownRoute);
  app.use(errorHandler(deps.logger));
  return app;
}

/** On loopback only the names of this machine are served, so that no web page gets here through a browser; elsewhere keys protect it. */
function originRules({ ADMIN_HOST, ALLOWED_HOSTS }: GatewayConfig): OriginRules {
  const local = ['localhost', '127.0.0.1', '::1', ADMIN_HOST, ...ALLOWED_HOSTS];
  return { hosts: isLoopback(ADMIN_HOST) ? local : null, origins: [], samePort: isLoopback(ADMIN_HOST) };
}

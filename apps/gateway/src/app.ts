import express, { type Express } from 'express';
import helmet from 'helmet';
import { isLoopback, type GatewayConfig } from './config.js';
import type { GatewayDeps } from './deps.js';
import { artifactRoutes } from './http/artifact-routes.js';
import { authenticate } from './http/authenticate.js';
import { checkOrigin, type OriginRules } from './http/check-origin.js';
import { docsRoutes } from './http/docs-routes.js';
import { errorHandler, unknownRoute } from './http/error-handler.js';
import { executeRoutes } from './http/execute-routes.js';
import { executionRoutes } from './http/execution-routes.js';
import { fileRoutes, multipartUploadRoute } from './http/file-routes.js';
import { imageRoutes } from './http/image-routes.js';
import { jobRoutes } from './http/job-routes.js';
import { jsonBody } from './http/json-body.js';
import { observeRequest } from './http/observe-request.js';
import { packageRoutes } from './http/package-routes.js';
import { healthRoutes, serviceRoutes } from './http/service-routes.js';
import { createMcpRouter } from './mcp/index.js';

/** The HTTP application, in the order in which a request meets it. */
export function createApp(deps: GatewayDeps): Express {
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
  app.use(docsRoutes(deps.version));
  app.use(authenticate(deps.config.API_KEYS));
  app.use(multipartUploadRoute(deps));
  app.use(jsonBody(deps.config.MAX_BODY_BYTES));
  app.use(executeRoutes(deps));
  app.use(executionRoutes(deps));
  app.use(imageRoutes(deps));
  app.use(packageRoutes(deps));
  app.use(jobRoutes(deps));
  app.use(artifactRoutes(deps));
  app.use(fileRoutes(deps));
  app.use(serviceRoutes(deps));
  app.use('/mcp', createMcpRouter(deps));
  app.use(unknownRoute);
  app.use(errorHandler(deps.logger));
  return app;
}

/** Without keys only the names of this machine are served, so that no web page can reach the service through a browser. */
function originRules(config: GatewayConfig): OriginRules {
  const named = [...config.ALLOWED_HOSTS, ...config.ALLOWED_ORIGINS.map((origin) => new URL(origin).hostname)];
  const open = config.API_KEYS.length > 0 && !isLoopback(config.HOST) && config.ALLOWED_HOSTS.length === 0;
  return {
    hosts: open ? null : ['localhost', '127.0.0.1', '::1', config.HOST, ...named],
    origins: config.ALLOWED_ORIGINS,
  };
}

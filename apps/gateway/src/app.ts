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
import { LongAnswers, longAnswers } from './http/long-answers.js';
import { observeRequest } from './http/observe-request.js';
import { packageRoutes } from './http/package-routes.js';
import { rateLimit, rateLimitBatch } from './http/rate-limit.js';
import { healthRoutes, serviceRoutes } from './http/service-routes.js';
import { traceRequest } from './http/trace-request.js';
import { usageRoutes } from './http/usage-routes.js';
import { webhookRoutes } from './http/webhook-routes.js';
import { webhookSecretRoutes } from './http/webhook-secret-routes.js';
import { workerRoutes } from './http/worker-routes.js';
import { createMcpRouter } from './mcp/index.js';

/** The HTTP application, in the order in which a request meets it. */
export function createApp(deps: GatewayDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(traceRequest(deps));
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
  app.use(authenticate(deps.authenticator));
  app.use(rateLimit(deps));
  app.use(longAnswers(new LongAnswers()));
  app.use(multipartUploadRoute(deps));
  app.use(jsonBody(deps.config.MAX_BODY_BYTES));
  app.use(executeRoutes(deps));
  app.use(executionRoutes(deps));
  app.use(imageRoutes(deps));
  app.use(packageRoutes(deps));
  app.use(jobRoutes(deps));
  app.use(webhookRoutes(deps));
  app.use(webhookSecretRoutes(deps));
  app.use(artifactRoutes(deps));
  app.use(fileRoutes(deps));
  app.use(serviceRoutes(deps));
  app.use(usageRoutes(deps));
  app.use(workerRoutes(deps));
  app.use('/mcp', rateLimitBatch(deps), createMcpRouter(deps));
  app.use(unknownRoute);
  app.use(errorHandler(deps.logger));
  return app;
}

/** Who may come without a key has to use a name of this machine, so that no web page can reach the service through a browser. */
function originRules(config: GatewayConfig): OriginRules {
  const named = [...config.ALLOWED_HOSTS, ...config.ALLOWED_ORIGINS.map((origin) => new URL(origin).hostname)];
  const closed = config.API_KEYS.length > 0 || (config.ADMIN_KEYS.length > 0 && !config.ALLOW_ANONYMOUS);
  const open = closed && !isLoopback(config.HOST) && config.ALLOWED_HOSTS.length === 0;
  return {
    hosts: open ? null : ['localhost', '127.0.0.1', '::1', config.HOST, ...named],
    origins: config.ALLOWED_ORIGINS,
  };
}

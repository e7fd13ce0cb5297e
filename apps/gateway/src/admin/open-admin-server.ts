import { createQueueBoard } from '@gantry/queue';
import type { ClosingStack } from '@gantry/service';
import type { Redis } from '@gantry/storage';
import type { GatewayDeps } from '../deps.js';
import { openServer, type OpenServer } from '../open-server.js';
import { createAdminApp } from './admin-app.js';
import { QUEUE_BOARD_PATH } from './queue-board-routes.js';

/** An answer of the admin server is short; it ends with the service, not after the grace. */
const ADMIN_GRACE_MS = 1000;
/** Operators and who scrapes metrics are few. */
const MAX_CONNECTIONS = 256;
const REQUEST_TIMEOUT_MS = 30_000;

/** Serves operators at a port of their own, until the stack is closed. */
export async function openAdminServer(deps: GatewayDeps, redis: Redis, stack: ClosingStack): Promise<OpenServer> {
  const { ADMIN_HOST: host, ADMIN_PORT: port, DEPLOYMENT: deployment } = deps.config;
  const queueBoard = createQueueBoard({ redis, deployment, path: QUEUE_BOARD_PATH });
  stack.defer('queue board', () => queueBoard.close());
  const server = await openServer(createAdminApp({ ...deps, queueBoard }), {
    ...{ host, port, graceMs: ADMIN_GRACE_MS },
    ...{ maxConnections: MAX_CONNECTIONS, requestTimeoutMs: REQUEST_TIMEOUT_MS },
  });
  stack.defer('admin server', () => server.close());
  return server;
}

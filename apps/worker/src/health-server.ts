import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReadinessView } from '@gantry/contracts';
import { CONNECTION_BOUNDS, fewAtOnce, type Registry } from '@gantry/service';

/** Who asks a worker how it is are few. */
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 20_000;

export interface HealthServerOptions {
  host: string;
  port: number;
  registry: Registry;
  readiness: () => Promise<ReadinessView>;
}

/** `/healthz` (the process lives), `/readyz` (it can run jobs, or what is missing), `/metrics`. */
export async function startHealthServer(
  options: HealthServerOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer({ ...CONNECTION_BOUNDS, requestTimeout: REQUEST_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const routes: Record<string, () => Promise<void>> = {
      '/healthz': async () => answer(200, 'application/json', '{"status":"ok"}'),
      '/readyz': async () => {
        const view = await options.readiness();
        answer(view.ready ? 200 : 503, 'application/json', JSON.stringify(view));
      },
      '/metrics': async () => answer(200, options.registry.contentType, await options.registry.metrics()),
    };
    const route = request.method === 'GET' ? routes[request.url ?? ''] : undefined;
    if (!route) return answer(404, 'application/json', '{"error":"not found"}');
    route().catch(() => answer(500, 'application/json', '{"error":"internal error"}'));
  };
  server.on('request', fewAtOnce(serve));
  await listen(server, options);
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

function listen(server: Server, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

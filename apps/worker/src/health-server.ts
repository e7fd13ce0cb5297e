import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReadinessView } from '@gantry/contracts';
import type { Registry } from '@gantry/service';

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
  const server = createServer((request, response) => {
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
  });
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

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from '@gantry/service';

export interface HealthServerOptions {
  host: string;
  port: number;
  registry: Registry;
  /** Whether the engine answers. */
  isReady: () => Promise<boolean>;
}

/** `/healthz` (the process lives), `/readyz` (the engine answers), `/metrics`. */
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
        const ready = await options.isReady();
        answer(ready ? 200 : 503, 'application/json', JSON.stringify({ ready, checks: { engine: { ok: ready } } }));
      },
      '/metrics': async () => answer(200, options.registry.contentType, await options.registry.metrics()),
    };
    const route = request.method === 'GET' ? routes[request.url ?? ''] : undefined;
    if (!route) return answer(404, 'application/json', '{"error":"not found"}');
    route().catch(() => answer(500, 'application/json', '{"error":"internal error"}'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

import { createServer, connect, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Stands between a client and a server on this machine, and fails as told. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'forward' | 'hang' | 'cut' = 'forward';
  #directory: string | null = null;
  address = '';

  private constructor(target: NetConnectOpts) {
    this.#server = createServer((client) => {
      if (this.#mode === 'cut') return void client.destroy();
      const server = connect(target);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => undefined);
        from.on('data', (chunk) => this.#mode === 'forward' && to.write(chunk));
        from.on('end', () => to.end());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
      return undefined;
    });
  }

  /** Before the Docker engine; `address` is a DOCKER_HOST. */
  static async beforeSocket(dockerHost: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy({ path: dockerHost.replace('unix://', '') });
    proxy.#directory = await mkdtemp(path.join(tmpdir(), 'gantry-proxy-'));
    const socket = path.join(proxy.#directory, 'docker.sock');
    await new Promise<void>((resolve) => proxy.#server.listen(socket, resolve));
    proxy.address = `unix://${socket}`;
    return proxy;
  }

  /** Before Redis; `address` is a REDIS_URL. */
  static async beforeRedis(redisUrl: string): Promise<FaultyProxy> {
    const url = new URL(redisUrl);
    const proxy = new FaultyProxy({ host: url.hostname, port: Number(url.port || 6379) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    // Credentials and database stay as they are.
    url.host = `127.0.0.1:${(proxy.#server.address() as { port: number }).port}`;
    proxy.address = url.href;
    return proxy;
  }

  /** Connections break, new ones are dropped. */
  cut(): void {
    this.#mode = 'cut';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections stay, nothing passes; what is sent meanwhile is lost for ever. */
  hang(): void {
    this.#mode = 'hang';
  }

  restore(): void {
    if (this.#mode === 'hang') for (const socket of this.#sockets) socket.destroy();
    this.#mode = 'forward';
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#directory !== null) await rm(this.#directory, { recursive: true, force: true });
  }
}

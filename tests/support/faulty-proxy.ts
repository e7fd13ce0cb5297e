import { createServer, connect, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Stands between a client and a server on this machine, and fails as told. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'forward' | 'mute' | 'hang' | 'cut' = 'forward';
  #delayMs = 0;
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
        const write = this.#inOrder((chunk) => to.write(chunk));
        const passes = (): boolean => this.#mode === 'forward' || (this.#mode === 'mute' && from === client);
        from.on('data', (chunk: Buffer) => passes() && write(chunk));
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
  static async beforeRedis(redisUrl: string, host = '127.0.0.1'): Promise<FaultyProxy> {
    const url = new URL(redisUrl);
    const proxy = new FaultyProxy({ host: url.hostname, port: Number(url.port || 6379) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve));
    // Credentials and database stay as they are.
    url.host = `${host}:${(proxy.#server.address() as { port: number }).port}`;
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

  /** What is asked arrives and is done; its answers are lost. */
  mute(): void {
    this.#mode = 'mute';
  }

  /** Everything passes, this much later each way. 0 ends it. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  restore(): void {
    if (this.#mode === 'hang' || this.#mode === 'mute') for (const socket of this.#sockets) socket.destroy();
    this.#mode = 'forward';
  }

  /** What comes while something is held back is held back behind it. */
  #inOrder(write: (chunk: Buffer) => void): (chunk: Buffer) => void {
    const held: Buffer[] = [];
    const next = (): void => {
      const chunk = held.shift();
      if (chunk) write(chunk);
    };
    return (chunk) => {
      if (this.#delayMs === 0 && held.length === 0) return write(chunk);
      held.push(chunk);
      setTimeout(next, this.#delayMs);
    };
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#directory !== null) await rm(this.#directory, { recursive: true, force: true });
  }
}

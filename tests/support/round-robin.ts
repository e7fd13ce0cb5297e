import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A balancer of the simplest kind: each connection goes to the next server that takes it, byte by byte from then on. It knows nothing of HTTP, so
 * what a server does to its connections is what the clients see.
 */
export class RoundRobin implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #backends: readonly string[] = [];
  #next = 0;

  private constructor() {
    this.#server = createServer((client) => void this.#serve(client));
  }

  static async listen(): Promise<RoundRobin> {
    const balancer = new RoundRobin();
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open keep their server. */
  use(urls: readonly string[]): void {
    this.#backends = urls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(client: Socket): Promise<void> {
    client.on('error', () => client.destroy());
    const backend = await this.#reach();
    if (!backend) {
      client.destroy();
      return;
    }
    for (const [one, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('close', () => this.#sockets.delete(one));
      one.on('error', () => other.resetAndDestroy());
      one.pipe(other);
    }
  }

  async #reach(): Promise<Socket | null> {
    const first = this.#next++;
    for (let tries = 0; tries < this.#backends.length; tries++) {
      const { hostname, port } = new URL(this.#backends[(first + tries) % this.#backends.length] ?? '');
      const socket = connect(Number(port), hostname);
      try {
        await once(socket, 'connect');
        return socket;
      } catch {
        // Not there now: the next one.
      }
    }
    return null;
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a company has before the public package servers: it hands requests on, to those who know its password. */
export class Mirror implements AsyncDisposable {
  readonly #server: Server;
  readonly #origin: string;
  /** Paths that were asked for with the password. */
  readonly asked: string[] = [];
  #host = '';

  private constructor(origin: string) {
    this.#origin = origin;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async open(origin: string, address: string): Promise<Mirror> {
    const mirror = new Mirror(origin);
    await new Promise<void>((resolve, reject) => mirror.#server.once('error', reject).listen(0, address, resolve));
    mirror.#host = `${address}:${(mirror.#server.address() as AddressInfo).port}`;
    return mirror;
  }

  get url(): string {
    return `http://reader:m1rror-word@${this.#host}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const expected = `Basic ${Buffer.from('reader:m1rror-word').toString('base64')}`;
    if (request.headers.authorization !== expected)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="mirror"' }).end();
    this.asked.push(request.url ?? '');
    const answer = await fetch(this.#origin + (request.url ?? ''));
    const type = answer.headers.get('content-type') ?? 'application/octet-stream';
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
  }
}

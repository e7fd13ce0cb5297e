import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerHost } from './requirements.js';

/** A way to the engine that can be cut, or can fall silent, without harm to the engine itself. */
export class EngineProxy implements AsyncDisposable {
  readonly dockerHost: string;
  readonly #directory: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(directory: string) {
    this.#directory = directory;
    this.dockerHost = `unix://${join(directory, 'docker.sock')}`;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#join(near));
  }

  static async open(): Promise<EngineProxy> {
    const proxy = new EngineProxy(await mkdtemp(join(tmpdir(), 'gantry-proxy-')));
    const path = proxy.dockerHost.slice('unix://'.length);
    await new Promise<void>((resolve) => proxy.#server.listen(path, resolve));
    return proxy;
  }

  /** Drops every connection, as when the worker's machine vanishes. New ones are served. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on connections are taken and nothing is answered; what is open stays open and says nothing more. */
  fallSilent(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true, force: true });
  }

  #join(near: Socket): void {
    this.#keep(near);
    if (this.#silent) return;
    const far = this.#keep(createConnection({ path: dockerHost().slice('unix://'.length), allowHalfOpen: true }));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { BEGIN } from './programs.js';

export interface TapEvents {
  /** A program's first words have passed, on their way from its container to the worker. */
  begun(token: string, run: string): void;
  /** The connection to that container has ended. */
  ended(run: string): void;
}

const TOKEN_LENGTH = BEGIN.length + 32;

/**
 * Between one worker and its engine. Sees what containers say before the worker does: whether, when and how often a program has really been
 * started, whatever the service's books say. It can also cut the two apart.
 */
export class EngineTap implements AsyncDisposable {
  readonly dockerHost: string;
  readonly #path: string;
  readonly #server: Server;
  readonly #far: () => string;
  readonly #name: string;
  readonly #events: TapEvents;
  readonly #sockets = new Set<Socket>();
  #connections = 0;
  #isCut = false;

  private constructor(path: string, far: () => string, name: string, events: TapEvents) {
    this.#path = path;
    this.dockerHost = `unix://${path}`;
    this.#far = far;
    this.#name = name;
    this.#events = events;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#join(near));
  }

  /** @param far path of the engine's socket, asked for at each connection */
  static async open(path: string, far: () => string, name: string, events: TapEvents): Promise<EngineTap> {
    const tap = new EngineTap(path, far, name, events);
    await new Promise<void>((resolve) => tap.#server.listen(path, resolve));
    return tap;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#path, { force: true });
  }

  #join(near: Socket): void {
    this.#keep(near);
    if (this.#isCut) return void near.destroy();
    const far = this.#keep(createConnection({ path: this.#far(), allowHalfOpen: true }));
    const runs = this.#watch(far, `${this.#name}-${++this.#connections}`);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => {
      near.destroy();
      for (const run of runs) this.#events.ended(run);
    });
    return undefined;
  }

  #watch(far: Socket, connection: string): string[] {
    const runs: string[] = [];
    let rest = Buffer.alloc(0);
    far.on('data', (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = bytes.indexOf(BEGIN);
      let keepFrom = Math.max(0, bytes.length - BEGIN.length + 1);
      for (; at >= 0; at = bytes.indexOf(BEGIN, at + BEGIN.length)) {
        if (at + TOKEN_LENGTH > bytes.length) {
          keepFrom = at;
          break;
        }
        const run = `${connection}.${runs.length + 1}`;
        runs.push(run);
        this.#events.begun(bytes.toString('latin1', at + 'begin '.length, at + TOKEN_LENGTH), run);
      }
      // What may be the first part of a token.
      rest = Buffer.from(bytes.subarray(keepFrom));
    });
    return runs;
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

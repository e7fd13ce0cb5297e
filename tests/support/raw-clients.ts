import { connect, type Socket } from 'node:net';

/** Clients below HTTP: connections that say what they are told to, and keep what they hear to themselves. */
export class RawClients implements AsyncDisposable {
  readonly #host: string;
  readonly #port: number;
  readonly #open = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Bytes that they have heard. */
  heard = 0;
  /** First lines of answers, by how often they came. */
  readonly answers = new Map<string, number>();

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  get open(): number {
    return this.#open.size;
  }

  /** Connections that say `first` at once, and `more`, if any, again and again. */
  async begin(count: number, first: string, more?: { text: string; everyMs: number }): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#connect(first, more)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const closed = [...this.#open].map((socket) => new Promise((resolve) => socket.on('close', resolve).destroy()));
    await Promise.all(closed);
  }

  #connect(first: string, more?: { text: string; everyMs: number }): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, this.#host, () => {
        if (first !== '') socket.write(first);
        if (more) this.#repeat(socket, more);
        resolve();
      });
      this.#open.add(socket);
      socket.on('data', (chunk: Buffer) => {
        this.heard += chunk.length;
        for (const [line] of chunk.toString('latin1').matchAll(/^HTTP\/1\.1 \d+/gm))
          this.answers.set(line, (this.answers.get(line) ?? 0) + 1);
      });
      // Cut by the server: that is what is looked at.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        resolve();
      });
    });
  }

  #repeat(socket: Socket, { text, everyMs }: { text: string; everyMs: number }): void {
    const timer = setInterval(() => socket.write(text), everyMs);
    this.#timers.add(timer);
    socket.on('close', () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    });
  }
}

import { get, type IncomingMessage } from 'node:http';

/** How a client of an event stream behaves. */
export type Manner = 'idle' | 'slow' | 'aborting';

const SIP_EVERY_MS = 50;
const LONGEST_STAY_MS = 2000;

/** Clients that open event streams over bare HTTP, each in its manner, until they are closed. */
export class SlowReaders implements AsyncDisposable {
  readonly #responses = new Set<IncomingMessage>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;
  /** Bytes that all of them have taken. */
  taken = 0;

  get open(): number {
    return this.#responses.size;
  }

  /** Resolves when it has the head of the answer. */
  follow(url: string, manner: Manner): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = get(url, { agent: false }, (response) => {
        this.#responses.add(response);
        response.on('error', () => undefined);
        response.on('close', () => this.#responses.delete(response));
        this.#behave(url, manner, response);
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
      asked.on('error', (error) => (this.#closed ? resolve() : reject(error)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const response of this.#responses) response.destroy();
    while (this.#responses.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #behave(url: string, manner: Manner, response: IncomingMessage): void {
    if (manner === 'slow') {
      // One chunk at a time; TCP holds the rest back.
      this.#every(SIP_EVERY_MS, response, () => (this.taken += ((response.read() as Buffer | null) ?? '').length));
      return;
    }
    response.on('data', (chunk: Buffer) => (this.taken += chunk.length));
    if (manner !== 'aborting') return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      response.destroy();
      if (!this.#closed) this.follow(url, manner).catch(() => undefined);
    }, Math.random() * LONGEST_STAY_MS);
    this.#timers.add(timer);
  }

  #every(ms: number, response: IncomingMessage, act: () => void): void {
    const timer = setInterval(act, ms);
    this.#timers.add(timer);
    response.on('close', () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    });
  }
}

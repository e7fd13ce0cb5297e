import type { Handled, JobConsumer, JobDelivery } from '../ports/index.js';
import type { MemoryJobQueue } from './memory-job-queue.js';

/** Takes the jobs of a queue in memory; call `turn` after something was put in. */
export class MemoryJobConsumer implements JobConsumer {
  readonly #queue: MemoryJobQueue;
  readonly #concurrency: number;
  readonly #active = new Set<Promise<void>>();
  #handler: ((delivery: JobDelivery) => Promise<Handled | void>) | null = null;
  #isPaused = false;

  constructor(queue: MemoryJobQueue, concurrency: number) {
    this.#queue = queue;
    this.#concurrency = concurrency;
  }

  start(handler: (delivery: JobDelivery) => Promise<Handled | void>): void {
    this.#handler = handler;
    this.turn();
  }

  turn(): void {
    while (this.#handler && !this.#isPaused && this.#active.size < this.#concurrency) {
      const id = this.#queue.waiting.shift();
      if (id === undefined) return;
      const handled = this.#handle(id, this.#handler).finally(() => {
        this.#active.delete(handled);
        this.turn();
      });
      this.#active.add(handled);
    }
  }

  async #handle(id: string, handler: (delivery: JobDelivery) => Promise<Handled | void>): Promise<void> {
    const { signal } = new AbortController();
    if ((await handler({ id, signal, failedBefore: 0, retriesLeft: true })) !== 'not_now') return;
    this.#isPaused = true;
    this.#queue.waiting.unshift(id);
  }

  pause(): Promise<void> {
    this.#isPaused = true;
    return Promise.resolve();
  }

  resume(): void {
    this.#isPaused = false;
    this.turn();
  }

  running(): number {
    return this.#active.size;
  }

  async stop(): Promise<void> {
    this.#isPaused = true;
    await Promise.all(this.#active);
  }
}

import { AppError } from '@gantry/contracts';
import type { JobQueue } from '../ports/index.js';

/** Keeps the ids in order; can be told to be broken. */
export class MemoryJobQueue implements JobQueue {
  readonly waiting: string[] = [];
  broken = false;
  delayed = 0;
  #tokens = 0;

  async enqueue(id: string): Promise<void> {
    if (this.broken) throw new AppError('redis_unavailable', 'The queue does not answer');
    this.waiting.push(id);
    return Promise.resolve();
  }

  async enqueueTokens(count: number, delayMs = 0): Promise<void> {
    if (delayMs > 0) this.delayed += count;
    else for (let i = 0; i < count; i++) await this.enqueue(`token-${++this.#tokens}`);
  }

  /** As when the time of all that are delayed has come. */
  async releaseDelayed(): Promise<void> {
    const count = this.delayed;
    this.delayed = 0;
    await this.enqueueTokens(count);
  }

  remove(id: string): Promise<void> {
    const at = this.waiting.indexOf(id);
    if (at >= 0) this.waiting.splice(at, 1);
    return Promise.resolve();
  }

  depth(): Promise<{ waiting: number; active: number }> {
    return Promise.resolve({ waiting: this.waiting.length + this.delayed, active: 0 });
  }

  ready(): Promise<number> {
    return Promise.resolve(this.waiting.length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

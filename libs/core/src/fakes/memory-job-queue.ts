import { AppError } from '@gantry/contracts';
import type { JobQueue } from '../ports/index.js';

/** Keeps the ids in order; can be told to be broken. */
export class MemoryJobQueue implements JobQueue {
  readonly waiting: string[] = [];
  broken = false;

  async enqueue(id: string): Promise<void> {
    if (this.broken) throw new AppError('redis_unavailable', 'The queue does not answer');
    this.waiting.push(id);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    const at = this.waiting.indexOf(id);
    if (at >= 0) this.waiting.splice(at, 1);
    return Promise.resolve();
  }

  depth(): Promise<{ waiting: number; active: number }> {
    return Promise.resolve({ waiting: this.waiting.length, active: 0 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

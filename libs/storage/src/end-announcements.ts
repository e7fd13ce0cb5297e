import type { ChannelSubscriber } from './channel-subscriber.js';
import { answered } from './redis-connection.js';

/**
 * Who waits for which end. All ends of a deployment are said on one channel that a process listens to from its first wait on: a
 * subscription for every wait would cost two commands and a round trip each.
 */
export class EndAnnouncements {
  readonly #subscriber: ChannelSubscriber;
  readonly #channel: string;
  readonly #waiting = new Map<string, Set<() => void>>();
  #listening: Promise<unknown> | null = null;

  constructor(subscriber: ChannelSubscriber, channel: string) {
    this.#subscriber = subscriber;
    this.#channel = channel;
  }

  /** Resolves once ends are heard. Throws `redis_unavailable`. */
  async listen(): Promise<void> {
    this.#listening ??= this.#subscriber.listen(this.#channel, (id) => this.#tell(id));
    try {
      await answered(this.#listening);
    } catch (error) {
      this.#listening = null;
      throw error;
    }
  }

  /** Calls back when this one has ended, or may have. Returns how to stop that. */
  watch(id: string, callback: () => void): () => void {
    const callbacks = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#waiting.get(id) === callbacks) this.#waiting.delete(id);
    };
  }

  /** `null`: some may have been missed. */
  #tell(id: string | null): void {
    const told = id === null ? [...this.#waiting.values()] : [this.#waiting.get(id) ?? []];
    for (const callbacks of told) for (const callback of [...callbacks]) callback();
  }
}

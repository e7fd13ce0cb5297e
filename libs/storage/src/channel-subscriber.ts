import type { Redis } from 'ioredis';

/** `null`: the connection was broken, so messages may have been missed. */
type Listener = (message: string | null) => void;

/** Shares one connection among all listeners of all channels of a process; a channel is left when its last listener goes. */
export class ChannelSubscriber {
  readonly #redis: Redis;
  readonly #listeners = new Map<string, Set<Listener>>();

  /** @param redis a connection used for nothing else; the caller closes it */
  constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('message', (channel: string, message: string) => {
      for (const listener of [...(this.#listeners.get(channel) ?? [])]) listener(message);
    });
    redis.on('ready', () => void this.#catchUp());
  }

  /** Resolves once the subscription is in force. */
  async listen(channel: string, listener: Listener): Promise<AsyncDisposable> {
    let listeners = this.#listeners.get(channel);
    if (!listeners) this.#listeners.set(channel, (listeners = new Set()));
    listeners.add(listener);
    try {
      // Subscribing to a subscribed channel is harmless, and its answer proves that the subscription is in force.
      await this.#redis.subscribe(channel);
    } catch (error) {
      await this.#leave(channel, listener);
      throw error;
    }
    return { [Symbol.asyncDispose]: () => this.#leave(channel, listener) };
  }

  /** What was said while the connection was broken is lost; listeners are told once their subscriptions are in force again. */
  async #catchUp(): Promise<void> {
    const channels = [...this.#listeners.keys()];
    try {
      if (channels.length > 0) await this.#redis.subscribe(...channels);
    } catch {
      return; // Broken again: this is done anew when it is back.
    }
    for (const listeners of this.#listeners.values()) for (const listener of [...listeners]) listener(null);
  }

  async #leave(channel: string, listener: Listener): Promise<void> {
    const listeners = this.#listeners.get(channel);
    listeners?.delete(listener);
    if (listeners?.size !== 0) return;
    this.#listeners.delete(channel);
    // In the order of the calls on this connection, so a listener that comes right after subscribes after this.
    this.#redis.unsubscribe(channel).catch(() => undefined);
  }
}

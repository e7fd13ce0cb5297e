import { AppError, type ImageFailure } from '@gantry/contracts';
import type { Clock, ImageBuilder } from '@gantry/core';

/** A recipe may be tried again at any time; this long it is told that it did not work. */
const REMEMBERED_MS = 600_000;
const MAX_REMEMBERED = 50;
const MAX_MESSAGE_CHARACTERS = 500;
/** What is the recipe's or the surroundings' fault; everything else says nothing about the next try. */
const TELLING = new Set(['build_failed', 'build_limit', 'base_unavailable']);

/** What could not be made here lately, for those who ask which languages there are. */
export class ImageFailures {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { id: string; message: string; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): ImageFailure[] {
    const now = this.#clock.monotonic();
    for (const [id, { at }] of this.#failures) if (at < now - REMEMBERED_MS) this.#failures.delete(id);
    return [...this.#failures.values()].map(({ id, message, at }) => ({ id, message, agoMs: Math.round(now - at) }));
  }

  /** The same builder, whose failures are noted here. */
  observe(builder: ImageBuilder): ImageBuilder {
    return {
      find: (id, recipe) => builder.find(id, recipe),
      ensure: async (id, recipe, watcher, signal) => {
        try {
          const outcome = await builder.ensure(id, recipe, watcher, signal);
          this.#failures.delete(id);
          return outcome;
        } catch (error) {
          if (error instanceof AppError && TELLING.has(error.code)) this.#note(id, error.message);
          throw error;
        }
      },
      remove: (id) => builder.remove(id),
      ready: () => builder.ready(),
      expire: (rules) => builder.expire(rules),
      close: () => builder.close(),
    };
  }

  #note(id: string, message: string): void {
    this.#failures.delete(id);
    this.#failures.set(id, { id, message: message.slice(0, MAX_MESSAGE_CHARACTERS), at: this.#clock.monotonic() });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_REMEMBERED && oldest !== undefined) this.#failures.delete(oldest);
  }
}

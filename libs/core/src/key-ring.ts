import type { StoredKey } from '@gantry/contracts';
import type { Clock, KeyStore, Logger } from './ports/index.js';

/** What is known is asked again after this: a revocation that nobody heard of is in force then. */
const BELIEVED_MS = 4000;
/** Made-up keys must not fill the memory. */
const MAX_UNKNOWN = 1000;
const MAX_KNOWN = 10_000;
const TOUCH_EVERY_MS = 3_600_000;

interface Known {
  /** `null` = there is none in force. */
  key: StoredKey | null;
  /** By the monotonic clock. */
  until: number;
}

/**
 * The stored keys as a gateway knows them: asked for once in a few seconds, forgotten at once when a change is announced. While the store is
 * away what is known holds for its time; then the store's error is thrown, which is never taken for a no.
 */
export class KeyRing {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #known = new Map<string, Known>();
  readonly #unknown = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<StoredKey | null>>();
  readonly #touched = new Map<string, number>();
  #changes = 0;
  #inUse: { answer: boolean; until: number } = { answer: false, until: -Infinity };

  constructor(deps: { store: KeyStore; clock: Clock; logger: Logger }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** The key in force with this SHA-256. Throws `redis_unavailable`. */
  async find(digest: string): Promise<StoredKey | null> {
    const known = this.#known.get(digest) ?? this.#unknown.get(digest);
    if (known && this.#clock.monotonic() < known.until) return known.key;
    let asked = this.#asking.get(digest);
    if (!asked) {
      const asking = this.#ask(digest).finally(() => {
        if (this.#asking.get(digest) === asking) this.#asking.delete(digest);
      });
      this.#asking.set(digest, (asked = asking));
    }
    return asked;
  }

  /** Whether keys were ever given out. Once so, always so. Throws `redis_unavailable`. */
  async inUse(): Promise<boolean> {
    const at = this.#clock.monotonic();
    if (this.#inUse.answer || at < this.#inUse.until) return this.#inUse.answer;
    const changes = this.#changes;
    const answer = await this.#store.inUse();
    if (answer || changes === this.#changes) this.#inUse = { answer, until: at + BELIEVED_MS };
    return answer;
  }

  /** @param digest of the key that has changed; `null` = any may have */
  forget(digest: string | null): void {
    this.#changes++;
    this.#inUse.until = -Infinity;
    // Who asks from now on is not told what was true before.
    this.#asking.clear();
    if (digest === null) {
      this.#known.clear();
      this.#unknown.clear();
      return;
    }
    this.#known.delete(digest);
    this.#unknown.delete(digest);
  }

  async #ask(digest: string): Promise<StoredKey | null> {
    // From before the question, as the answer may be as old.
    const at = this.#clock.monotonic();
    const changes = this.#changes;
    const found = await this.#store.find(digest);
    const key = found?.key ?? null;
    // What changed while we asked is asked again, by whoever needs it.
    if (changes === this.#changes) {
      const until = at + Math.min(BELIEVED_MS, found?.leftMs ?? BELIEVED_MS);
      this.#known.delete(digest);
      this.#unknown.delete(digest);
      if (key) remember(this.#known, digest, { key, until }, MAX_KNOWN);
      else remember(this.#unknown, digest, { key, until }, MAX_UNKNOWN);
    }
    if (key) this.#touch(key.id, at);
    return key;
  }

  #touch(id: string, at: number): void {
    if (at - (this.#touched.get(id) ?? -Infinity) < TOUCH_EVERY_MS) return;
    remember(this.#touched, id, at, MAX_KNOWN);
    // Nobody waits for this; the next hour tells it again.
    this.#store.touch(id).catch((error: unknown) => this.#logger.debug({ err: error, keyId: id }, 'use not noted'));
  }
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value, max: number): void {
  map.delete(name);
  map.set(name, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}

import type { KeyLimits, StoredKey } from '@gantry/contracts';
import type { Clock, CreateKeyOutcome, FoundKey, KeyStore, ListedKey, RevokeKeyOutcome } from '../ports/index.js';

const HOUR_MS = 3_600_000;

interface Entry {
  digest: string;
  key: ListedKey;
}

export class MemoryKeyStore implements KeyStore {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(digest: string | null) => void>();
  readonly #clock: Clock;
  readonly #max: number;

  constructor(clock: Clock, max = 10_000) {
    this.#clock = clock;
    this.#max = max;
  }

  find(digest: string): Promise<FoundKey | null> {
    const entry = [...this.#entries.values()].find((each) => each.digest === digest);
    if (!entry || !this.#inForce(entry.key)) return Promise.resolve(null);
    const { lastUsedAt: _, ...key } = structuredClone(entry.key);
    return Promise.resolve({ key, leftMs: key.expiresAt === null ? null : key.expiresAt - this.#clock.now() });
  }

  inUse(): Promise<boolean> {
    return Promise.resolve(this.#entries.size > 0);
  }

  create(
    key: Omit<StoredKey, 'createdAt' | 'expiresAt' | 'revokedAt'>,
    options: { digest: string; expiresInMs: number | null; adminElsewhere: boolean },
  ): Promise<CreateKeyOutcome> {
    const { digest, expiresInMs, adminElsewhere } = options;
    if (this.#entries.has(key.id)) return Promise.resolve('created');
    if (this.#entries.size >= this.#max) return Promise.resolve('too_many');
    if (this.#active().some(({ key: { name } }) => name === key.name)) return Promise.resolve('name_taken');
    if (key.role !== 'admin' && !adminElsewhere && !this.#hasAdmin('')) return Promise.resolve('admin_needed');
    const createdAt = this.#clock.now();
    const expiresAt = expiresInMs === null ? null : createdAt + expiresInMs;
    const stored = { ...structuredClone(key), createdAt, expiresAt, revokedAt: null, lastUsedAt: null };
    this.#entries.set(key.id, { digest, key: stored });
    this.#say(digest);
    return Promise.resolve('created');
  }

  list(): Promise<ListedKey[]> {
    const all = [...this.#entries.values()].map(({ key }) => structuredClone(key));
    return Promise.resolve(all.sort((a, b) => (a.id < b.id ? 1 : -1)));
  }

  get(idOrName: string): Promise<ListedKey | null> {
    return Promise.resolve(structuredClone(this.#find(idOrName)?.key ?? null));
  }

  change(id: string, change: (limits: KeyLimits) => KeyLimits): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry || entry.key.revokedAt !== null) return Promise.resolve(false);
    entry.key.limits = structuredClone(change(entry.key.limits));
    this.#say(entry.digest);
    return Promise.resolve(true);
  }

  revoke(id: string, adminElsewhere: boolean): Promise<RevokeKeyOutcome> {
    const entry = this.#entries.get(id);
    if (!entry) return Promise.resolve('unknown');
    const isAdmin = entry.key.role === 'admin' && this.#inForce(entry.key);
    if (isAdmin && !adminElsewhere && !this.#hasAdmin(id)) return Promise.resolve('admin_needed');
    entry.key.revokedAt ??= this.#clock.now();
    this.#say(entry.digest);
    return Promise.resolve('revoked');
  }

  touch(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry) entry.key.lastUsedAt = Math.floor(this.#clock.now() / HOUR_MS) * HOUR_MS;
    return Promise.resolve();
  }

  onChange(callback: (digest: string | null) => void): Promise<AsyncDisposable> {
    this.#listeners.add(callback);
    return Promise.resolve({ [Symbol.asyncDispose]: async () => void this.#listeners.delete(callback) });
  }

  #find(idOrName: string): Entry | undefined {
    return this.#entries.get(idOrName) ?? this.#active().find(({ key }) => key.name === idOrName);
  }

  #active(): Entry[] {
    return [...this.#entries.values()].filter(({ key }) => this.#inForce(key));
  }

  #hasAdmin(besides: string): boolean {
    return this.#active().some(({ key }) => key.role === 'admin' && key.id !== besides);
  }

  #inForce(key: StoredKey): boolean {
    return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > this.#clock.now());
  }

  #say(digest: string): void {
    for (const listener of this.#listeners) listener(digest);
  }
}

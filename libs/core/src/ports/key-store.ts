import type { KeyLimits, StoredKey } from '@gantry/contracts';

/** A key with what is known of its use; epoch milliseconds, to the hour. */
export interface ListedKey extends StoredKey {
  lastUsedAt: number | null;
}

export interface FoundKey {
  key: StoredKey;
  /** How long it is still in force by the store's clock, ms; `null` = it does not expire. */
  leftMs: number | null;
}

export type CreateKeyOutcome = 'created' | 'name_taken' | 'too_many' | 'admin_needed';
export type RevokeKeyOutcome = 'revoked' | 'unknown' | 'admin_needed';

/** The stored keys, by the SHA-256 of each. All methods but `onChange` throw `redis_unavailable`. */
export interface KeyStore {
  /** `null` when there is none in force: unknown, revoked, expired. */
  find(digest: string): Promise<FoundKey | null>;
  /** Whether a key was ever stored. It stays so: who has given out keys is not open again when the last one is revoked. */
  inUse(): Promise<boolean>;
  /**
   * Atomic. `admin_needed`: it would be no administrator's, and there is none, neither stored nor elsewhere. The key's `createdAt` and its
   * expiry are set by the store's clock.
   */
  create(
    key: Omit<StoredKey, 'createdAt' | 'expiresAt' | 'revokedAt'>,
    options: { digest: string; expiresInMs: number | null; adminElsewhere: boolean },
  ): Promise<CreateKeyOutcome>;
  /** Newest first; those that ended long ago are left out. */
  list(): Promise<ListedKey[]>;
  get(id: string): Promise<ListedKey | null>;
  /** `false` when there is none with this id. Atomic: `change` is asked again when another change came between. */
  change(id: string, change: (limits: KeyLimits) => KeyLimits): Promise<boolean>;
  /** Safe to repeat. `admin_needed`: it is the last administrator's. */
  revoke(id: string, adminElsewhere: boolean): Promise<RevokeKeyOutcome>;
  /** Best effort: remembers to the hour that the key was used. */
  touch(id: string): Promise<void>;
  /** Calls back with the digest of each key that changes, and with `null` when changes may have been missed. */
  onChange(callback: (digest: string | null) => void): Promise<AsyncDisposable>;
}

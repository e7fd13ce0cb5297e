import { timingSafeEqual } from 'node:crypto';
import { AppError, type Principal, type Role } from '@gantry/contracts';
import { isApiKey, keyDigest, principalOfKey, principalOfName, type DefaultLimits, type KeyRing } from '@gantry/core';
import { isLoopback, type GatewayConfig } from '../config.js';

export const ANONYMOUS_TENANT = 'anonymous';

/** A key of the environment. */
interface NamedKey {
  tenant: string;
  role: Role;
  digest: Buffer;
}

type KeyConfig = Pick<GatewayConfig, 'API_KEYS' | 'ADMIN_KEYS' | 'ALLOW_ANONYMOUS' | 'ADMIN_HOST'>;

/** Tells who asks, from the key that a request carries: one of the environment, or a stored one. */
export class Authenticator {
  readonly #named: readonly NamedKey[];
  readonly #config: KeyConfig;
  readonly #ring: KeyRing;
  readonly #defaults: DefaultLimits;

  constructor(deps: { config: KeyConfig; ring: KeyRing; defaults: DefaultLimits }) {
    const { config } = deps;
    this.#named = [...named(config.API_KEYS, 'user'), ...named(config.ADMIN_KEYS, 'admin')];
    this.#config = config;
    this.#ring = deps.ring;
    this.#defaults = deps.defaults;
  }

  /** Who uses the API. @param key `null` = the request carries none. Throws `unauthorized`, `redis_unavailable`. */
  async user(key: string | null): Promise<Principal> {
    const known = key === null ? null : this.#byName(key);
    if (known) return known;
    if (await this.#isOpen()) return this.#principal({ tenant: ANONYMOUS_TENANT, role: 'user', bucket: 'anonymous' });
    return this.#stored(key);
  }

  /** Who administers; `null` where there is no key at all and only this machine can ask. Throws `unauthorized`, `forbidden`, `redis_unavailable`. */
  async admin(key: string | null): Promise<Principal | null> {
    const known = key === null ? null : this.#byName(key);
    const principal = known ?? ((await this.#isAdminOpen()) ? null : await this.#stored(key));
    if (principal && principal.role !== 'admin')
      throw new AppError('forbidden', 'This is for administrators only; your key is that of a user');
    return principal;
  }

  /** Everybody may use the API. */
  async #isOpen(): Promise<boolean> {
    const { API_KEYS, ADMIN_KEYS, ALLOW_ANONYMOUS } = this.#config;
    if (API_KEYS.length > 0 || (ADMIN_KEYS.length > 0 && !ALLOW_ANONYMOUS)) return false;
    return !(await this.#ring.inUse());
  }

  async #isAdminOpen(): Promise<boolean> {
    return this.#named.length === 0 && isLoopback(this.#config.ADMIN_HOST) && !(await this.#ring.inUse());
  }

  async #stored(key: string | null): Promise<Principal> {
    if (key === null) throw new AppError('unauthorized', 'The request carries no API key');
    // What cannot be a key is refused without a look-up.
    const stored = isApiKey(key) ? await this.#ring.find(keyDigest(key)) : null;
    if (!stored) throw new AppError('unauthorized', 'The API key is not known');
    return principalOfKey(stored, this.#defaults);
  }

  #byName(key: string): Principal | null {
    const digest = Buffer.from(keyDigest(key), 'hex');
    let found: NamedKey | null = null;
    // Every key is compared, in constant time: how long this takes tells nothing.
    for (const entry of this.#named) if (timingSafeEqual(entry.digest, digest)) found = entry;
    return found && this.#principal({ tenant: found.tenant, role: found.role, bucket: `env:${found.tenant}` });
  }

  #principal(who: { tenant: string; role: Role; bucket: string }): Principal {
    return principalOfName(who, this.#defaults);
  }
}

function named(pairs: readonly string[], role: Role): NamedKey[] {
  return pairs.map((pair) => {
    const [tenant = '', digest = ''] = pair.split(':');
    return { tenant, role, digest: Buffer.from(digest, 'hex') };
  });
}

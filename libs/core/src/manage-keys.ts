import { AppError, type KeyLimits, type Role, type StoredKey } from '@gantry/contracts';
import { keyDigest, newApiKey } from './api-key.js';
import { newUlid } from './execution-id.js';
import type { Clock, KeyStore, ListedKey } from './ports/index.js';

export interface KeyDeps {
  keyStore: KeyStore;
  clock: Clock;
  /** There is an administrator that is not stored. */
  adminElsewhere: boolean;
}

export interface KeyOrder {
  name: string;
  /** `null` = called like the key. */
  tenant: string | null;
  role: Role;
  expiresInMs: number | null;
  limits: KeyLimits;
}

const TENANT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Makes a key; `secret` is told this once. Throws `invalid_request` when the tenant can't be told from the name, `key_name_taken`,
 * `too_many_keys`, `admin_key_needed`.
 */
export async function createKey(deps: KeyDeps, order: KeyOrder): Promise<{ key: ListedKey; secret: string }> {
  const secret = newApiKey();
  const { name, role, limits } = order;
  const key = { id: `key_${newUlid(deps.clock.now())}`, name, tenant: tenantOf(order), role, limits };
  const outcome = await deps.keyStore.create(key, {
    digest: keyDigest(secret),
    expiresInMs: order.expiresInMs,
    adminElsewhere: deps.adminElsewhere,
  });
  switch (outcome) {
    case 'name_taken':
      throw new AppError('key_name_taken', `There is a key called ${name}`, {
        fields: [{ path: 'name', message: 'is taken' }],
      });
    case 'too_many':
      throw new AppError('too_many_keys', 'No further key can be kept');
    case 'admin_needed':
      throw new AppError('admin_key_needed', 'This would be the first key, and nobody could make another', {
        fields: [{ path: 'role', message: 'must be admin for the first key' }],
      });
    case 'created':
      return { key: await requireKey(deps, key.id), secret };
  }
}

/** By its id, or by the name of a key in force. */
export async function requireKey({ keyStore }: Pick<KeyDeps, 'keyStore'>, idOrName: string): Promise<ListedKey> {
  const key = await keyStore.get(idOrName);
  if (key) return key;
  throw new AppError('not_found', `There is no key ${idOrName.slice(0, 100)}`, {
    suggestion: 'See which there are: gantry keys list, or GET /admin/keys.',
  });
}

/** @param change the named limits change, those in `reset` go back to the service's default */
export async function changeKey(
  deps: KeyDeps,
  idOrName: string,
  change: { limits: KeyLimits; reset: readonly (keyof KeyLimits)[] },
): Promise<ListedKey> {
  const { id } = await requireKey(deps, idOrName);
  const changed = await deps.keyStore.change(id, (limits) => {
    const all = { ...limits, ...change.limits };
    for (const name of change.reset) delete all[name];
    return all;
  });
  if (!changed) throw new AppError('not_found', `The key ${id} is not in force`);
  return requireKey(deps, id);
}

/** Safe to repeat. Throws `admin_key_needed` for the last administrator's. */
export async function revokeKey(deps: KeyDeps, idOrName: string): Promise<ListedKey> {
  const { id, name } = await requireKey(deps, idOrName);
  const outcome = await deps.keyStore.revoke(id, deps.adminElsewhere);
  if (outcome === 'admin_needed')
    throw new AppError('admin_key_needed', `${name} is the key of the last administrator`);
  return requireKey(deps, id);
}

export function keyState(key: StoredKey, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && key.expiresAt <= nowMs ? 'expired' : 'active';
}

function tenantOf({ name, tenant }: KeyOrder): string {
  if (tenant !== null) return tenant;
  if (TENANT.test(name)) return name;
  const message = 'must be given, as the name of the key cannot be that of a tenant';
  throw new AppError('invalid_request', `tenant ${message}`, { fields: [{ path: 'tenant', message }] });
}

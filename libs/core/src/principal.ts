import type { KeyLimits, Principal, RequestRate, StoredKey, TenantCaps } from '@gantry/contracts';

/** Limits of a key that names none; `null` = no limit. */
export type DefaultLimits = { [Limit in keyof KeyLimits]-?: number | null };

/** The limits that hold for a key: its own, else the service's. */
export function limitsOf(own: KeyLimits, defaults: DefaultLimits): DefaultLimits {
  const pick = (limit: keyof KeyLimits): number | null => {
    const value = own[limit];
    return value === undefined ? defaults[limit] : value;
  };
  const perSecond = pick('requestsPerSecond');
  return {
    requestsPerSecond: perSecond,
    // A key with a rate of its own has a burst that goes with it, unless it names one.
    requestBurst: perSecond === null ? null : burstOf(perSecond, own, defaults),
    maxRunning: pick('maxRunning'),
    maxQueued: pick('maxQueued'),
    cpuSecondsPerDay: pick('cpuSecondsPerDay'),
    storageBytes: pick('storageBytes'),
  };
}

export function capsOf(limits: DefaultLimits): TenantCaps {
  const { maxRunning, maxQueued, cpuSecondsPerDay, storageBytes } = limits;
  const cpuMsPerDay = cpuSecondsPerDay === null ? null : Math.round(cpuSecondsPerDay * 1000);
  return { maxRunning, maxQueued, cpuMsPerDay, storageBytes };
}

export function rateOf({ requestsPerSecond, requestBurst }: DefaultLimits): RequestRate | null {
  if (requestsPerSecond === null) return null;
  return { perSecond: requestsPerSecond, burst: requestBurst ?? usualBurst(requestsPerSecond) };
}

/** Who asks with a stored key. */
export function principalOfKey(key: StoredKey, defaults: DefaultLimits): Principal {
  const limits = limitsOf(key.limits, defaults);
  const { id, tenant, role } = key;
  return { tenant, role, bucket: id, keyId: id, rate: rateOf(limits), caps: capsOf(limits), limits };
}

/** Who asks with a key of the environment, or with none. */
export function principalOfName(
  who: { tenant: string; role: Principal['role']; bucket: string },
  defaults: DefaultLimits,
): Principal {
  const limits = limitsOf({}, defaults);
  return { ...who, keyId: null, rate: rateOf(limits), caps: capsOf(limits), limits };
}

function burstOf(perSecond: number, own: KeyLimits, defaults: DefaultLimits): number {
  if (own.requestBurst != null) return own.requestBurst;
  if (own.requestsPerSecond === undefined && defaults.requestBurst !== null) return defaults.requestBurst;
  return usualBurst(perSecond);
}

/** What comes in two seconds. */
function usualBurst(perSecond: number): number {
  return Math.max(1, Math.ceil(2 * perSecond));
}

import type { CreateKeyRequest, KeyLimits, KeyLimitsRequest, KeyView } from '@gantry/contracts';
import { keyState, type KeyOrder, type ListedKey } from '@gantry/core';

const isoTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const LIMIT_OF = {
  requests_per_second: 'requestsPerSecond',
  request_burst: 'requestBurst',
  max_running: 'maxRunning',
  max_queued: 'maxQueued',
  cpu_seconds_per_day: 'cpuSecondsPerDay',
  storage_bytes: 'storageBytes',
} as const satisfies Record<keyof KeyLimitsRequest, keyof KeyLimits>;

export function toKeyOrder(body: CreateKeyRequest): KeyOrder {
  return {
    name: body.name,
    tenant: body.tenant ?? null,
    role: body.role,
    expiresInMs: body.expires_in_seconds == null ? null : body.expires_in_seconds * 1000,
    limits: toLimits(body.limits),
  };
}

/** A limit that is not named stays out: the default holds. */
export function toLimits(request: KeyLimitsRequest): KeyLimits {
  const limits: KeyLimits = {};
  for (const [wire, own] of Object.entries(LIMIT_OF) as [keyof KeyLimitsRequest, keyof KeyLimits][]) {
    const value = request[wire];
    if (value !== undefined) limits[own] = value;
  }
  return limits;
}

export function toLimitName(wire: keyof KeyLimitsRequest): keyof KeyLimits {
  return LIMIT_OF[wire];
}

export function toKeyView(key: ListedKey, nowMs: number): KeyView {
  const limits: KeyView['limits'] = {};
  for (const [wire, own] of Object.entries(LIMIT_OF) as [keyof KeyLimitsRequest, keyof KeyLimits][]) {
    const value = key.limits[own];
    if (value !== undefined) limits[wire] = value;
  }
  return {
    key_id: key.id,
    name: key.name,
    tenant: key.tenant,
    role: key.role,
    state: keyState(key, nowMs),
    created_at: new Date(key.createdAt).toISOString(),
    last_used_at: isoTime(key.lastUsedAt),
    expires_at: isoTime(key.expiresAt),
    revoked_at: isoTime(key.revokedAt),
    limits,
  };
}

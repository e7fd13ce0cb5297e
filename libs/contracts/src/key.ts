/** What the holder of a key may do: `user` = the API as their tenant, `admin` = the admin server too. */
export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a key may use. A field that is not there: the service's default; `null`: no limit. */
export interface KeyLimits {
  /** Of this key. May be a fraction. */
  requestsPerSecond?: number | null;
  /** How many requests may come at once after a pause. */
  requestBurst?: number | null;
  /** The others count all that the key's tenant does. */
  maxRunning?: number | null;
  maxQueued?: number | null;
  cpuSecondsPerDay?: number | null;
  storageBytes?: number | null;
}
export const KEY_LIMITS = [
  'requestsPerSecond',
  'requestBurst',
  'maxRunning',
  'maxQueued',
  'cpuSecondsPerDay',
  'storageBytes',
] as const satisfies (keyof KeyLimits)[];

/** A key as the service knows it; the key itself is told once and not kept. Times are epoch milliseconds. */
export interface StoredKey {
  id: string;
  /** For people; unique among the keys in force. */
  name: string;
  tenant: string;
  role: Role;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
  limits: KeyLimits;
}

/** Caps on what one tenant has and does, as a submit hands them on; `null` = none. */
export interface TenantCaps {
  maxRunning: number | null;
  maxQueued: number | null;
  cpuMsPerDay: number | null;
  storageBytes: number | null;
}

/** How fast one key may ask. */
export interface RequestRate {
  perSecond: number;
  burst: number;
}

/** Who asks. */
export interface Principal {
  tenant: string;
  role: Role;
  /** Whose requests are counted together. */
  bucket: string;
  /** Of a stored key; `null` for one of the environment, or for nobody. */
  keyId: string | null;
  /** `null` = as fast as they like. */
  rate: RequestRate | null;
  caps: TenantCaps;
  /** What both are made of. */
  limits: { [Limit in keyof KeyLimits]-?: number | null };
}

/** A limit that said no, as the answer tells it. Numbers in the limit's own unit: requests, executions, seconds, bytes. */
export interface QuotaFault {
  limit:
    | 'requests_per_second'
    | 'max_queued'
    | 'cpu_seconds_per_day'
    | 'storage_bytes'
    | 'max_files'
    | 'file_bytes'
    | 'webhooks';
  allowed: number;
  current: number;
  /** Epoch milliseconds; `null` where it depends on what the client does. */
  resetsAt: number | null;
}

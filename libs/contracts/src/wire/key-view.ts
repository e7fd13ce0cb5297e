import { z } from 'zod';
import { ROLES } from '../key.js';

const time = z.string().describe('RFC 3339, UTC');

// eslint-disable-next-line no-control-regex
const NO_CONTROL = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/;

export const KeyName = z
  .string()
  .min(1)
  .max(100)
  .regex(NO_CONTROL, 'must not contain control characters')
  .refine((name) => name.trim() === name, 'must not begin or end with a space');

export const TenantName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must have 1 to 64 letters, digits, _ or -')
  .describe('Keys of one tenant see the same executions, files and images.');

/** Without a value: the default of the service; null: no limit. */
const limitFields = {
  requests_per_second: z.number().min(0.01).max(1_000_000).nullish().describe('Of this key.'),
  request_burst: z.int().min(1).max(1_000_000).nullish().describe('Requests that may come at once after a pause.'),
  max_running: z.int().min(1).max(1_000_000).nullish().describe('Running executions of the tenant.'),
  max_queued: z.int().min(1).max(10_000_000).nullish().describe('Waiting executions of the tenant.'),
  cpu_seconds_per_day: z.number().min(0).max(1e12).nullish().describe('Processor time of the tenant a day (UTC).'),
  storage_bytes: z.int().min(0).nullish().describe('Files, artifacts and files of requests, of the tenant.'),
};

export const KeyLimitsRequest = z.strictObject(limitFields);
export type KeyLimitsRequest = z.infer<typeof KeyLimitsRequest>;

/** `POST /admin/keys` */
export const CreateKeyRequest = z.strictObject({
  name: KeyName,
  tenant: TenantName.optional().describe('Default: the name, where it can be one.'),
  role: z.enum(ROLES).default('user'),
  expires_in_seconds: z.int().min(1).max(315_360_000).nullish().describe('Default: it does not expire.'),
  limits: KeyLimitsRequest.default({}),
});
export type CreateKeyRequest = z.infer<typeof CreateKeyRequest>;
export type CreateKeyRequestInput = z.input<typeof CreateKeyRequest>;

/** `PATCH /admin/keys/{id}`: the named limits change, the others stay. */
export const ChangeKeyRequest = z.strictObject({
  limits: KeyLimitsRequest.default({}),
  reset: z
    .array(z.enum(Object.keys(limitFields) as [keyof KeyLimitsRequest]))
    .default([])
    .describe('Limits that go back to the default of the service.'),
});
export type ChangeKeyRequest = z.infer<typeof ChangeKeyRequest>;
export type ChangeKeyRequestInput = z.input<typeof ChangeKeyRequest>;

export const KeyView = z.strictObject({
  key_id: z.string(),
  name: z.string(),
  tenant: z.string(),
  role: z.enum(ROLES),
  state: z.enum(['active', 'expired', 'revoked']),
  created_at: time,
  last_used_at: time.nullable().describe('To the hour.'),
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  limits: KeyLimitsRequest.describe('What differs from the defaults of the service.'),
});
export type KeyView = z.infer<typeof KeyView>;

export const KeyList = z.strictObject({ keys: z.array(KeyView).describe('Newest first.') });
export type KeyList = z.infer<typeof KeyList>;

export const KeyCreated = z.strictObject({
  ...KeyView.shape,
  key: z.string().describe('Shown this once; it is kept nowhere.'),
});
export type KeyCreated = z.infer<typeof KeyCreated>;

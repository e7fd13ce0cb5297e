import { toLoggedError } from './log-error.js';

/** Names under which there may be what nobody should read in a log: programs, what they read and write, and keys. */
const SECRET = new Set([
  ...['code', 'stdin', 'stdout', 'stderr', 'input_data', 'env', 'environment_variables', 'args', 'content'],
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'headers'],
  ...['apikey', 'api_key', 'key', 'password', 'secret', 'token'],
]);
/** Variables of the environment: keys, addresses that may have a password in them, headers for a collector. */
const SECRET_VARIABLE = /^[A-Z0-9_]*(KEY|KEYS|SECRET|TOKEN|PASSWORD|HEADERS|REDIS_URL|INDEX_URL|MIRROR|AUTH)$/;
const CENSORED = '[redacted]';
const MAX_DEPTH = 5;

/**
 * The fields without secrets, should a request, a record or an environment ever get into them; the same object where there are none. Goes five
 * levels deep; what lies deeper is left out. Of an error only what may be told of one; that in `err` is left to the serialiser, which does so.
 */
export function censored(fields: Record<string, unknown>): Record<string, unknown> {
  if (!('err' in fields)) return censor(fields, MAX_DEPTH) as Record<string, unknown>;
  const { err, ...others } = fields;
  return { ...(censor(others, MAX_DEPTH) as Record<string, unknown>), err };
}

function censor(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return toLoggedError(value);
  if (depth === 0) return CENSORED;
  if (ArrayBuffer.isView(value)) return CENSORED;
  let copy: Record<string, unknown> | unknown[] | null = null;
  for (const [name, inner] of Object.entries(value)) {
    const kept = SECRET.has(name.toLowerCase()) || SECRET_VARIABLE.test(name) ? CENSORED : censor(inner, depth - 1);
    if (kept === inner) continue;
    copy ??= Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Record<string, unknown>) };
    (copy as Record<string, unknown>)[name] = kept;
  }
  return copy ?? value;
}

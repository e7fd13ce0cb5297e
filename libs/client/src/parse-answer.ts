import { GantryProtocolError } from './errors.js';

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
}

/** What we need of a schema; keeps the schema library where it belongs, in the contracts. */
export interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } };
}

/**
 * Checks an answer against the contract, yet survives what a newer service may add: unknown fields anywhere (they are kept), and new
 * words for `reason`, which only explain a status. Everything else that differs is an error, for it would be misunderstood.
 */
export function parseAnswer<T>(schema: Schema<T>, value: unknown, what: string): T {
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  const fault = outcome.error.issues.find((issue) => !isAddition(issue, value));
  // The contract's answers have no transforms, so the value as it came is the value as typed.
  if (!fault) return value as T;
  const place = fault.path.length === 0 ? 'the answer' : fault.path.map(String).join('.');
  throw new GantryProtocolError(
    `${what} is not as the Gantry API describes it (${place}: ${fault.message}). Check that the base URL points at Gantry itself, and that this client is as new as the service.`,
  );
}

function isAddition(issue: Issue, value: unknown): boolean {
  if (issue.code === 'unrecognized_keys') return true;
  return (
    issue.code === 'invalid_value' && issue.path.at(-1) === 'reason' && typeof valueAt(value, issue.path) === 'string'
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined;
  return at;
}

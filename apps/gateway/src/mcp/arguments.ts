import type { z } from 'zod';
import { validate } from '../http/validate.js';

/** The arguments of a call with their defaults; throws `invalid_request` naming each bad one. */
export function parseArguments<Schema extends z.ZodObject>(schema: Schema, args: unknown): z.output<Schema> {
  return validate(schema, withoutNulls(args ?? {}));
}

/** Models write null for what they leave out; no argument means anything by null. */
function withoutNulls(args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

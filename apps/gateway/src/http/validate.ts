import { AppError, type FieldFault } from '@gantry/contracts';
import type { z } from 'zod';

/** A body full of faults is not told back. */
const MAX_FAULTS = 20;

/** The value as the schema says, or `invalid_request` with every faulty field. */
export function validate<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, MAX_FAULTS).flatMap(toFaults).slice(0, MAX_FAULTS);
  const first = fields[0] ?? { path: '', message: 'is not valid' };
  throw new AppError('invalid_request', first.path === '' ? first.message : `${first.path}: ${first.message}`, {
    fields,
  });
}

function toFaults(issue: z.core.$ZodIssue): FieldFault[] {
  const at = toPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MAX_FAULTS)
      .map((key) => ({ path: toPath([...issue.path, key]), message: 'is not a known field' }));
  }
  // The name of a record's entry is what is wrong: tell its rule, not that there is one.
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ path: at, message: inner.message }));
  }
  return [{ path: at, message: issue.message }];
}

/** As people write it: `packages.pip[1]`. */
function toPath(parts: readonly PropertyKey[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === 'number') return `${path}[${part}]`;
    return path === '' ? String(part) : `${path}.${String(part)}`;
  }, '');
}

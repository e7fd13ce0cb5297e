import { readFileSync } from 'node:fs';
import { z } from 'zod';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The process's configuration from its environment. All faults are told together, in a `ConfigError`.
 * `NAME_FILE` stands for `NAME` with the content of that file (for secrets); an empty variable counts as not set.
 */
export function loadConfig<T extends z.ZodRawShape>(
  schema: z.ZodObject<T>,
  env: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<T>> {
  const faults: string[] = [];
  const input: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const file = env[`${name}_FILE`];
    const value = env[name];
    if (file) {
      try {
        input[name] = readFileSync(file, 'utf8').trim();
      } catch (error) {
        faults.push(`${name}_FILE: cannot read ${file} (${error instanceof Error ? error.message : String(error)})`);
      }
    } else if (value !== undefined && value !== '') input[name] = value;
  }
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  if (faults.length > 0 || !parsed.success)
    throw new ConfigError(`The configuration is not valid:\n  ${faults.join('\n  ')}`);
  return parsed.data;
}

/** An integer variable with a default and a range. */
export function integer(fallback: number, min: number, max: number): z.ZodType<number> {
  const value = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.int().min(min).max(max));
  return value.default(fallback);
}

/** A number with decimals. */
export function decimal(fallback: number, min: number, max: number): z.ZodType<number> {
  const value = z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return value.default(fallback);
}

/** `true/false/1/0/yes/no/on/off`. */
export function flag(fallback: boolean): z.ZodType<boolean> {
  return z.stringbool().default(fallback);
}

/** Comma separated, trimmed, empty ones dropped. */
export function list(fallback: string[]): z.ZodType<string[]> {
  const value = z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
  return value.default(fallback);
}

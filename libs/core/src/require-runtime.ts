import { AppError, type Runtime } from '@gantry/contracts';
import type { RuntimeCatalog } from './ports/index.js';

/** The runtime of this name or alias, or `unknown_language` for the field at `path`. */
export function requireRuntime(runtimes: RuntimeCatalog, language: string, path = 'language'): Runtime {
  const runtime = runtimes.resolve(language);
  if (runtime) return runtime;
  const known = runtimes.list().map((entry) => entry.name);
  throw new AppError('unknown_language', `The language "${language}" is not known`, {
    fields: [{ path, message: `must be one of: ${known.join(', ')}` }],
  });
}

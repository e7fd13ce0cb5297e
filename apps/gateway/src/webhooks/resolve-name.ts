import { Resolver } from 'node:dns/promises';

/** All addresses of a name; none = there is no such name. Throws when nobody answered. */
export type ResolveName = (name: string) => Promise<string[]>;

const ONE_TRY_MS = 2000;
const TRIES = 2;
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Asks the name servers of this machine. Not by the system's `getaddrinfo`: that has four threads for the whole process, which a few slow name
 * servers would hold. So /etc/hosts does not count, and names are whole: no search domains.
 */
export function systemResolver(): ResolveName {
  return async (name) => {
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1'];
    const resolver = new Resolver({ timeout: ONE_TRY_MS, tries: TRIES });
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    for (const answer of [v4, v6]) {
      if (answer.status === 'rejected' && !NO_SUCH_NAME.has((answer.reason as NodeJS.ErrnoException).code ?? ''))
        throw answer.reason;
    }
    return [];
  };
}

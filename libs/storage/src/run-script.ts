import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

const digests = new Map<string, string>();

function digestOf(source: string): string {
  let digest = digests.get(source);
  if (digest === undefined) digests.set(source, (digest = createHash('sha1').update(source).digest('hex')));
  return digest;
}

/** Runs a script by its digest; sends the source once per Redis server. KEYS[1] is the prefix. */
export async function runScript(
  redis: Redis,
  source: string,
  prefix: string,
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(digestOf(source), 1, prefix, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(source, 1, prefix, ...args);
  }
}

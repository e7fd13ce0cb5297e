import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@gantry/contracts';
import type { Request, RequestHandler, Response } from 'express';

export const ANONYMOUS_TENANT = 'anonymous';

interface KnownKey {
  tenant: string;
  digest: Buffer;
}

/** @param apiKeys `name:sha256` pairs; without any, everybody is the anonymous tenant */
export function authenticate(apiKeys: readonly string[]): RequestHandler {
  const known: KnownKey[] = apiKeys.map((pair) => {
    const [tenant = '', digest = ''] = pair.split(':');
    return { tenant, digest: Buffer.from(digest, 'hex') };
  });
  return (request, response, next) => {
    response.locals['tenant'] = known.length === 0 ? ANONYMOUS_TENANT : tenantOfKey(known, request);
    next();
  };
}

/** Who asks; set by `authenticate`. */
export function tenantOf(response: Response): string {
  return response.locals['tenant'] as string;
}

function tenantOfKey(known: readonly KnownKey[], request: Request): string {
  const [, key] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (key === undefined) throw new AppError('unauthorized', 'The request carries no API key');
  const digest = createHash('sha256').update(key).digest();
  let tenant: string | null = null;
  // Every key is compared, in constant time: how long this takes tells nothing.
  for (const entry of known) if (timingSafeEqual(entry.digest, digest)) tenant = entry.tenant;
  if (tenant === null) throw new AppError('unauthorized', 'The API key is not known');
  return tenant;
}

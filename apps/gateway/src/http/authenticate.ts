import { AppError, type Principal, type TenantCaps } from '@gantry/contracts';
import type { Request, RequestHandler, Response } from 'express';
import type { Authenticator } from '../keys/authenticator.js';

export interface Owner {
  tenant: string;
  /** Left out = the rules of the service. */
  caps?: TenantCaps | undefined;
}

/** No key is longer; what is hashed is bounded. */
const MAX_KEY_CHARS = 1024;

/** Every request after this has a principal. */
export function authenticate(authenticator: Authenticator): RequestHandler {
  return async (request, response, next) => {
    setPrincipal(response, await authenticator.user(bearerOf(request)));
    next();
  };
}

export function setPrincipal(response: Response, principal: Principal): void {
  response.locals['principal'] = principal;
  response.locals['tenant'] = principal.tenant;
}

/** Who asks; set by `authenticate`. */
export function principalOf(response: Response): Principal {
  return response.locals['principal'] as Principal;
}

export function tenantOf(response: Response): string {
  return response.locals['tenant'] as string;
}

/** Whose the order is, and what they may use. */
export function ownerOf(response: Response): Owner {
  const principal = response.locals['principal'] as Principal | undefined;
  return { tenant: tenantOf(response), caps: principal?.caps };
}

/** The key of `Authorization: Bearer <key>`; `null` without the header. Throws `unauthorized` for one that is anything else. */
export function bearerOf(request: Request): string | null {
  const header = authorizationOf(request);
  if (header === null) return null;
  const [, key] = /^Bearer +(\S+) *$/i.exec(header) ?? [];
  if (key === undefined || key.length > MAX_KEY_CHARS)
    throw new AppError('unauthorized', 'The Authorization header is not "Bearer" with an API key');
  return key;
}

/** Which of two would count is nobody's guess. */
export function authorizationOf(request: Request): string | null {
  const headers = request.headersDistinct['authorization'] ?? [];
  if (headers.length > 1) throw new AppError('unauthorized', 'The Authorization header is repeated');
  return headers[0] ?? null;
}

import { AppError } from '@gantry/contracts';
import type { Request, RequestHandler } from 'express';
import { authorizationOf, bearerOf, setPrincipal } from '../http/authenticate.js';
import type { Authenticator } from '../keys/authenticator.js';

/** Lets administrators through, by `Authorization: Bearer`. */
export function requireAdmin(authenticator: Authenticator): RequestHandler {
  return async (request, response, next) => {
    const principal = await authenticator.admin(bearerOf(request));
    if (principal) setPrincipal(response, principal);
    next();
  };
}

/**
 * The same for pages: a browser can only send a name and a password. The key is the password, the name says nothing. For what only reads:
 * a browser sends it by itself, whoever made it ask.
 */
export function requireAdminOfPages(authenticator: Authenticator): RequestHandler {
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new AppError('method_not_allowed', `${request.method} is not allowed here: it only shows`);
    try {
      await authenticator.admin(passwordOf(request) ?? bearerOf(request));
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthorized')
        response.set('WWW-Authenticate', 'Basic realm="Gantry administration", charset="UTF-8"');
      throw error;
    }
    next();
  };
}

function passwordOf(request: Request): string | null {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,2048}) *$/i.exec(authorizationOf(request) ?? '') ?? [];
  if (encoded === undefined) return null;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

import { AppError } from '@gantry/contracts';
import type { RequestHandler } from 'express';

export interface OriginRules {
  /** Host names without port; `null` = any (keys protect the server). */
  hosts: readonly string[] | null;
  /** Further origins, e.g. `https://app.example`. */
  origins: readonly string[];
  /** Pages of other ports of the same host are foreign too. */
  samePort?: boolean;
}

/** Refuses what a page of another site could send through a browser: a foreign Host (DNS rebinding) or a foreign Origin. */
export function checkOrigin(rules: OriginRules): RequestHandler {
  const hosts = rules.hosts === null ? null : new Set(rules.hosts.map((host) => host.toLowerCase()));
  return (request, _response, next) => {
    const host = hostName(`http://${request.headers.host ?? ''}`);
    if (host === null) throw new AppError('forbidden_origin', 'The Host header is not valid');
    if (hosts && !hosts.has(host)) throw new AppError('forbidden_origin', `The host "${host}" is not served here`);
    const { origin } = request.headers;
    const isOwn = (page: string): boolean =>
      hostName(page) === host && (!rules.samePort || portOf(page) === portOf(`http://${request.headers.host ?? ''}`));
    if (origin !== undefined && !rules.origins.includes(origin) && !isOwn(origin)) {
      throw new AppError('forbidden_origin', 'Requests from this origin are not allowed');
    }
    next();
  };
}

function hostName(url: string): string | null {
  try {
    return new URL(url).hostname.toLowerCase().replace(/^\[|\]$/g, '') || null;
  } catch {
    return null;
  }
}

/** '' = that of the scheme. Of what `hostName` could read. */
function portOf(url: string): string {
  return new URL(url).port;
}

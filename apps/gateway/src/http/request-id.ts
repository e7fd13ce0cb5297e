import { randomUUID } from 'node:crypto';
import type { Request } from 'express';

/** Short, and nothing that a log or a header could trip over. */
const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}$/;

/** The name of a request: the one that its caller gave it in `X-Request-Id`, if it can be one, else a new one. */
export function newRequestId(request: Pick<Request, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}

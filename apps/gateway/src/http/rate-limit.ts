import type { RateVerdict, Clock } from '@gantry/core';
import { rateLimited, type RateGate } from '@gantry/core';
import type { RequestRate } from '@gantry/contracts';
import type { RequestHandler, Response } from 'express';
import { principalOf } from './authenticate.js';

/** Holds each key to its requests a second, and tells it where it stands. */
export function rateLimit({ rateGate, clock }: { rateGate: RateGate; clock: Clock }): RequestHandler {
  return async (_request, response, next) => {
    await takeOne({ rateGate, clock }, response);
    next();
  };
}

/** A batch of messages is as many requests as it has messages; the first has been counted. */
export function rateLimitBatch(deps: { rateGate: RateGate; clock: Clock }): RequestHandler {
  return async (request, response, next) => {
    const body: unknown = request.body;
    const more = Array.isArray(body) ? body.length - 1 : 0;
    for (let i = 0; i < more; i++) await takeOne(deps, response);
    next();
  };
}

async function takeOne({ rateGate, clock }: { rateGate: RateGate; clock: Clock }, response: Response): Promise<void> {
  const { bucket, rate } = principalOf(response);
  const verdict = await rateGate.check({ bucket, rate });
  if (!verdict || !rate) return;
  tell(response, rate, verdict);
  if (!verdict.allowed) throw rateLimited(rate, verdict, clock.now());
}

/**
 * `RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers-10 has them, and the three fields of its earlier versions,
 * which most clients know.
 */
function tell(response: Response, { perSecond, burst }: RequestRate, verdict: RateVerdict): void {
  const seconds = Math.ceil((verdict.allowed ? verdict.fullMs : verdict.retryMs) / 1000);
  const window = Math.max(1, Math.ceil(burst / perSecond));
  response.set('RateLimit-Policy', `"requests";q=${burst};w=${window}`);
  response.set('RateLimit', `"requests";r=${verdict.remaining};t=${seconds}`);
  response.set('RateLimit-Limit', String(burst));
  response.set('RateLimit-Remaining', String(verdict.remaining));
  response.set('RateLimit-Reset', String(seconds));
}

import type { Request } from 'express';

/** How long the client waits for the end; `Prefer: respond-async` says not at all. */
export function waitMsOf(request: Request, waitSeconds: number): number {
  return /\brespond-async\b/.test(request.get('prefer') ?? '') ? 0 : waitSeconds * 1000;
}

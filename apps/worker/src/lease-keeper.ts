import type { ActiveAttempts, AttemptStore } from '@gantry/core';

/** A worker that is silent this long has lost its jobs. */
export const LEASE_MS = 10_000;
export const RENEW_EVERY_MS = 2000;

/** Prolongs the leases of what runs here and kills what must not go on: cancelled by its user, or taken from us. */
export async function keepLeases<Request, Result>(deps: {
  attempts: AttemptStore<Request, Result>;
  active: ActiveAttempts;
}): Promise<void> {
  const running = deps.active.list();
  if (running.length === 0) return;
  for (const { id, why } of await deps.attempts.renew(running, LEASE_MS)) deps.active.stop(id, why);
}

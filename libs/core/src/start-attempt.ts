import { randomUUID } from 'node:crypto';
import type { AttemptStore } from './ports/index.js';

export interface StartDeps {
  attempts: Pick<AttemptStore, 'start'>;
  workerId: string;
  leaseMs: number;
}

export interface StartedAttempt {
  attempt: number;
  createdAt: number;
  startedAt: number;
}

/**
 * Starts a job on this worker; `null` when there is nothing to do. An offer is accepted within microseconds of its job, or never: then it lapses.
 * @param nonce of the claim, when it was claimed before
 */
export async function startAttempt(
  deps: StartDeps,
  id: string,
  nonce: string = randomUUID(),
): Promise<StartedAttempt | null> {
  const claim = { worker: deps.workerId, nonce, leaseMs: deps.leaseMs };
  for (;;) {
    const outcome = await deps.attempts.start(id, claim);
    if (outcome.kind === 'started') return outcome;
    if (outcome.kind === 'gone') return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

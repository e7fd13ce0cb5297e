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

/** Claims a job for this worker; `null` when there is nothing to do. An offer is accepted within microseconds of its job, or never: then it lapses. */
export async function startAttempt(deps: StartDeps, id: string): Promise<StartedAttempt | null> {
  const claim = { worker: deps.workerId, nonce: randomUUID(), leaseMs: deps.leaseMs };
  for (;;) {
    const outcome = await deps.attempts.start(id, claim);
    if (outcome.kind === 'started') return outcome;
    if (outcome.kind === 'gone') return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

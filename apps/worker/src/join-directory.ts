import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Logger, WorkerPresence } from '@gantry/core';
import { ConfigError } from '@gantry/service';
import { BELIEVED_MS, NOT_LOOKED_AT, type WorkerFacts } from './heartbeat.js';

const LOOK_EVERY_MS = 250;
/** The other one was heard again, when its end has moved by more than two looks can differ. */
const HEARD_AGAIN_MS = 400;

export interface JoinDeps {
  presence: WorkerPresence;
  facts: WorkerFacts;
  clock: Clock;
  logger: Logger;
}

/**
 * Takes this worker's place in the directory. A process before this one with the same WORKER_ID that did not end in order is waited for, until
 * it is surely gone; one that lives keeps its name, and this one must not start: throws `ConfigError`.
 */
export async function joinDirectory({ presence, facts, clock, logger }: JoinDeps): Promise<void> {
  const state = { uptimeMs: 0, running: 0, draining: false, drained: false, pool: [], images: [], imageFailures: [] };
  const status = { ...facts, ...state, engine: NOT_LOOKED_AT };
  let goneAt: number | null = null;
  for (;;) {
    const heard = await presence.announce(status, BELIEVED_MS);
    if (heard.kind === 'said') return;
    const ends = clock.monotonic() + heard.goneInMs;
    if (goneAt === null) logger.info({ workerId: facts.id, by: heard.by }, 'waiting for the last worker of this name');
    else if (ends > goneAt + HEARD_AGAIN_MS) throw taken(facts.id, heard.by);
    goneAt ??= ends;
    await delay(LOOK_EVERY_MS);
  }
}

function taken(id: string, by: { host: string; pid: number } | null): ConfigError {
  const where = by === null ? '' : ` (process ${by.pid} on ${by.host})`;
  return new ConfigError(
    `WORKER_ID: a worker named "${id}" lives already${where}; give this one another name, or none: it makes one of the host's`,
  );
}

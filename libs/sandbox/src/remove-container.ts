import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@gantry/core';
import type { Engine } from './engine.js';
import { statusOf, toAppError } from './engine-error.js';

const GIVE_UP_AFTER_MS = 20_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;

/**
 * Kills and removes a container, with its anonymous volumes, by id or name. Returns true once it is gone. The engine answers 500 when the
 * removal meets the container's own exit and 409 when another removal is under way: both pass, so it asks again. Never throws; a
 * container that stays is logged, and a later sweep finds it by its labels.
 */
export async function removeContainer(engine: Engine, id: string, logger: Logger): Promise<boolean> {
  const started = performance.now();
  const container = engine.docker.getContainer(id);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      await engine.call('remove a container', () => container.remove({ force: true, v: true }));
      return true;
    } catch (error) {
      if (isGone(error)) return true;
      if (performance.now() - started > GIVE_UP_AFTER_MS) {
        logger.error(
          { container: id, error: toAppError(error, 'remove a container').message },
          'A container could not be removed',
        );
        return false;
      }
    }
    await delay(pause);
  }
}

/** Ends all processes of a container at once. Its exit is seen on the attached stream. Never throws: a removal follows in any case. */
export async function killContainer(engine: Engine, id: string, logger: Logger): Promise<void> {
  try {
    await engine.call('kill a container', (abortSignal) =>
      engine.docker.getContainer(id).kill({ signal: 'SIGKILL', abortSignal }),
    );
  } catch (error) {
    // 409: it does not run any more; 404: it is gone.
    if (isGone(error) || isNotRunning(error)) return;
    logger.warn(
      { container: id, error: toAppError(error, 'kill a container').message },
      'A container could not be killed',
    );
  }
}

function isGone(error: unknown): boolean {
  return originalStatus(error) === 404;
}

function isNotRunning(error: unknown): boolean {
  return originalStatus(error) === 409;
}

function originalStatus(error: unknown): number | null {
  return statusOf(error) ?? statusOf((error as Error | null)?.cause);
}

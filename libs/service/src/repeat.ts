import { messageOf } from '@gantry/contracts';
import type { Logger } from '@gantry/core';

export interface Repetition {
  /** No further round starts; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `round` again and again, `everyMs` after the last one ended, the first time at once. A round that throws does not end it;
 * the log says so once, and once more when it works again.
 */
export function repeat(name: string, everyMs: number, logger: Logger, round: () => Promise<void>): Repetition {
  let stopped = false;
  let broken = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      await round();
      if (broken) logger.info({ part: name }, 'works again');
      broken = false;
    } catch (error) {
      if (!broken) logger.warn({ part: name, reason: messageOf(error) }, 'does not work now; trying on');
      broken = true;
    }
    if (!stopped) timer = setTimeout(begin, everyMs);
  };
  const begin = (): void => {
    current = once();
  };
  begin();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}

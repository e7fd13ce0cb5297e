import type { Logger } from '@gantry/core';
import { ConfigError } from './load-config.js';

export interface RunningService {
  close(): Promise<void>;
}

/**
 * The life of a process: start, run until SIGTERM or SIGINT, close, exit 0. A second signal exits at once.
 * A start that fails prints why and exits 1.
 */
export async function runService(start: () => Promise<{ service: RunningService; logger: Logger }>): Promise<void> {
  let started: { service: RunningService; logger: Logger };
  try {
    started = await start();
  } catch (error) {
    const text =
      error instanceof ConfigError
        ? error.message
        : error instanceof Error
          ? `Cannot start: ${error.message}`
          : String(error);
    process.stderr.write(`${text}\n`);
    process.exit(1);
  }
  const { service, logger } = started;
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    logger.info({ signal }, 'shutting down');
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

import type { Logger } from '@gantry/core';
import { pino } from 'pino';

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** JSON lines on stdout; the serialiser escapes control characters. */
export function createLogger(options: { level: string; service: string; version: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service, version: options.version, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Should a request or an environment ever get into the fields, its secrets do not get out.
    redact: ['*.authorization', '*.headers.authorization', '*.code', '*.stdin', '*.stdout', '*.stderr'],
  });
}

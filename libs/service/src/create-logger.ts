import type { Logger } from '@gantry/core';
import { pino, type DestinationStream } from 'pino';
import { censored } from './censor.js';
import { toLoggedError } from './log-error.js';
import { activeTraceFields } from './tracing/active-span.js';

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** JSON lines, on stdout unless told otherwise, with the ids of the trace they belong to; the serialiser escapes control characters. */
export function createLogger(
  options: { level: string; service: string; version: string },
  destination?: DestinationStream,
): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service, version: options.version, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: censored },
    serializers: { err: toLoggedError },
    mixin: activeTraceFields,
  };
  return destination ? pino(settings, destination) : pino(settings);
}

import type { Logger } from '@gantry/core';
import { pino, type DestinationStream } from 'pino';
import { boundedLog } from './bounded-log.js';
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

/**
 * JSON lines, on stdout unless told otherwise, with the ids of the trace they belong to; the serialiser escapes control characters. Warnings and
 * errors that come over and over are counted instead of written.
 */
export function createLogger(
  options: { level: string; service: string; version: string },
  destination?: DestinationStream,
): Logger {
  const { hook, own, budget } = boundedLog();
  const settings = {
    level: options.level,
    base: { service: options.service, version: options.version, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: censored },
    serializers: { err: toLoggedError },
    mixin: activeTraceFields,
    hooks: { logMethod: hook },
  };
  const logger = destination ? pino(settings, destination) : pino(settings);
  own(logger);
  // What is counted and not yet told.
  if (!destination) process.once('exit', () => budget.summarise());
  return logger;
}

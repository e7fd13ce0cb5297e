import type { Logger as Pino, LogFn } from 'pino';
import { LineBudget } from './line-budget.js';

/** Of warnings and errors with the same message and the same kind of error. */
const ALLOWANCE = { burst: 20, perSecond: 0.5 };
const WARN = 40;

type LogMethodHook = (this: Pino, args: Parameters<LogFn>, method: LogFn, level: number) => void;

/**
 * A hook of pino's by which warnings and errors that come over and over are counted instead of written. What has not been said lately is written at
 * once. Lines at `info` say what happened once, and `debug` was asked for: both pass.
 */
export function boundedLog(now?: () => number): { hook: LogMethodHook; budget: LineBudget; own: (root: Pino) => void } {
  const budget = new LineBudget(ALLOWANCE, now);
  let root: Pino | null = null;
  return {
    budget,
    // Who has written them may be a child with fields that belong to one line only.
    own: (logger) => (root = logger),
    hook(args, method, level) {
      const kind = level < WARN ? null : kindOf(args, level);
      const tell = (facts: object): void => method.apply(root ?? this, [facts, messageOf(args)]);
      if (kind === null || budget.take(kind, tell)) method.apply(this, args);
    },
  };
}

function messageOf(args: Parameters<LogFn>): string {
  return args.find((arg) => typeof arg === 'string') ?? '';
}

/** Messages are constant; what differs is in the fields, of which the kind of error is another matter. */
function kindOf(args: Parameters<LogFn>, level: number): string {
  const { err } = (typeof args[0] === 'object' && args[0] !== null ? args[0] : {}) as { err?: unknown };
  const { name = '', code = '' } = (typeof err === 'object' && err !== null ? err : {}) as Record<string, unknown>;
  return JSON.stringify([level, messageOf(args), String(name), String(code)]);
}

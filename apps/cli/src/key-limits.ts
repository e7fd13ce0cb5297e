import type { KeyLimitsRequest } from '@gantry/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { parseBytes, parseCount, parseDuration, parseNumber } from './parse-values.js';

/** `none`: no limit; `default`: that of the service. */
type Limit = number | 'none' | 'default';

export interface LimitOptions {
  rps?: Limit;
  burst?: Limit;
  maxRunning?: Limit;
  maxQueued?: Limit;
  cpuPerDay?: Limit;
  storage?: Limit;
}

const WIRE: Record<keyof LimitOptions, keyof KeyLimitsRequest> = {
  rps: 'requests_per_second',
  burst: 'request_burst',
  maxRunning: 'max_running',
  maxQueued: 'max_queued',
  cpuPerDay: 'cpu_seconds_per_day',
  storage: 'storage_bytes',
};

export function addLimitOptions(command: Command): Command {
  return command
    .option('--rps <number>', 'requests a second of this key; here and below also: none, default', limit(parseNumber))
    .option('--burst <count>', 'requests that may come at once after a pause', limit(parseCount))
    .option('--max-running <count>', 'running executions of its tenant', limit(parseCount))
    .option('--max-queued <count>', 'waiting executions of its tenant', limit(parseCount))
    .option('--cpu-per-day <time>', 'processor time of its tenant a day: 3600, 90m, 24h', limit(parseDuration))
    .option('--storage <size>', 'files and artifacts of its tenant: 500m, 2g', limit(parseBytes));
}

export function splitLimits(options: LimitOptions): { limits: KeyLimitsRequest; reset: (keyof KeyLimitsRequest)[] } {
  const limits: KeyLimitsRequest = {};
  const reset: (keyof KeyLimitsRequest)[] = [];
  for (const [option, wire] of Object.entries(WIRE) as [keyof LimitOptions, keyof KeyLimitsRequest][]) {
    const value = options[option];
    if (value === 'default') reset.push(wire);
    else if (value !== undefined) limits[wire] = value === 'none' ? null : value;
  }
  return { limits, reset };
}

function limit(parse: (text: string) => number): (text: string) => Limit {
  return (text) => {
    if (text === 'none' || text === 'default') return text;
    try {
      return parse(text);
    } catch (error) {
      const hint = error instanceof InvalidArgumentError ? error.message : String(error);
      throw new InvalidArgumentError(`${hint} Or "none", or "default" for that of the service.`);
    }
  };
}

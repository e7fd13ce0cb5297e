import type { Redis } from 'ioredis';
import { keysFor } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { BACKLOG } from './scripts/backlog-scripts.js';

export interface Backlog {
  waiting: number;
  running: number;
  /** Age of the execution that waits longest; 0 = none waits. */
  oldestMs: number;
  tenants: { tenant: string; queued: number }[];
}

/** Told of at once; the rest of those that wait is not told of. */
const MAX_TENANTS = 1000;

/** What waits and what runs, for those who look at the service from outside. Throws `redis_unavailable`. */
export async function redisBacklog(redis: Redis, deployment: string): Promise<Backlog> {
  const { prefix } = keysFor(deployment);
  const answer = (await answered(runScript(redis, BACKLOG, prefix, ['', MAX_TENANTS]))) as [
    number,
    number,
    string,
    ...unknown[],
  ];
  const [waiting, running, oldestMs, ...rest] = answer;
  const tenants: Backlog['tenants'] = [];
  for (let i = 0; i + 1 < rest.length; i += 2) tenants.push({ tenant: String(rest[i]), queued: Number(rest[i + 1]) });
  return { waiting, running, oldestMs: Number(oldestMs), tenants };
}

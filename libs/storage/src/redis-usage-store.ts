import type { DayUsage, TenantUsage } from '@gantry/contracts';
import type { UsageStore } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { READ_USAGE, USAGE_TENANTS } from './scripts/usage-scripts.js';

export class RedisUsageStore implements UsageStore {
  readonly #redis: Redis;
  readonly #prefix: string;

  constructor({ redis, deployment }: { redis: Redis; deployment: string }) {
    this.#redis = redis;
    this.#prefix = keysFor(deployment).prefix;
  }

  async read(tenant: string): Promise<TenantUsage> {
    const answer = (await this.#run(READ_USAGE, [tenant])) as [Numbers, ...string[][]];
    const [[queued, running, fileBytes, keptBytes], ...days] = answer;
    return {
      days: days.map(toDay),
      queued: Number(queued),
      running: Number(running),
      storage: { fileBytes: Number(fileBytes), keptBytes: Number(keptBytes) },
    };
  }

  async tenants(max: number): Promise<{ tenant: string; today: DayUsage }[]> {
    const answer = (await this.#run(USAGE_TENANTS, ['', max])) as [string, string[]][];
    return answer.map(([tenant, today]) => ({ tenant, today: toDay(today) }));
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#prefix, args));
  }
}

type Numbers = [queued: string, running: string, fileBytes: string, keptBytes: string];

function toDay(values: readonly string[]): DayUsage {
  const [day = 0, completed = 0, failed = 0, timeout = 0, cancelled = 0, cpuMs = 0, runMs = 0] = values.map(Number);
  return { day, ended: { completed, failed, timeout, cancelled }, cpuMs, runMs };
}

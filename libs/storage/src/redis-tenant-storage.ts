import type { Holding, TenantStorage } from '@gantry/core';
import type { Redis } from 'ioredis';
import { keysFor } from './keys.js';
import { answered } from './redis-connection.js';
import { runScript } from './run-script.js';
import { HOLD_STORAGE, RELEASE_STORAGE } from './scripts/storage-scripts.js';

export class RedisTenantStorage implements TenantStorage {
  readonly #redis: Redis;
  readonly #prefix: string;

  constructor({ redis, deployment }: { redis: Redis; deployment: string }) {
    this.#redis = redis;
    this.#prefix = keysFor(deployment).prefix;
  }

  async hold({ tenant, entry, bytes, until, cap }: Holding): Promise<{ held: boolean; current: number }> {
    const ofExecution = typeof cap === 'object' ? cap?.ofExecution : undefined;
    const args = [tenant, entry, bytes, until, typeof cap === 'number' ? cap : '', ofExecution ?? ''];
    const [held, current] = (await this.#run(HOLD_STORAGE, args)) as [number, string];
    return { held: held === 1, current: Number(current) };
  }

  async release(tenant: string, entry: string): Promise<void> {
    await this.#run(RELEASE_STORAGE, [tenant, entry]);
  }

  #run(source: string, args: readonly (string | number)[]): Promise<unknown> {
    return answered(runScript(this.#redis, source, this.#prefix, args));
  }
}

import type { ResultCache } from '../ports/index.js';

/** Forgets nothing. */
export class MemoryResultCache implements ResultCache {
  readonly #ids = new Map<string, string>();

  find(tenant: string, key: string): Promise<string | null> {
    return Promise.resolve(this.#ids.get(`${tenant} ${key}`) ?? null);
  }

  remember(tenant: string, key: string, executionId: string): Promise<void> {
    this.#ids.set(`${tenant} ${key}`, executionId);
    return Promise.resolve();
  }
}

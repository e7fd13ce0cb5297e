import type { Clock, Holding, TenantStorage } from '../ports/index.js';

export class MemoryTenantStorage implements TenantStorage {
  readonly #held = new Map<string, Holding>();
  readonly #clock: Clock;
  readonly #fileBytes: (tenant: string) => number;
  readonly #caps: (tenant: string) => number | null;

  /** @param facts bytes of a tenant's files, and the cap of its last submit */
  constructor(
    clock: Clock,
    facts: { fileBytes?: (tenant: string) => number; capOf?: (tenant: string) => number | null } = {},
  ) {
    this.#clock = clock;
    this.#fileBytes = facts.fileBytes ?? (() => 0);
    this.#caps = facts.capOf ?? (() => null);
  }

  hold(holding: Holding): Promise<{ held: boolean; current: number }> {
    const { tenant, entry, bytes } = holding;
    const name = `${tenant} ${entry}`;
    const cap = holding.cap === undefined ? this.#caps(tenant) : holding.cap;
    const taken = this.#fileBytes(tenant) + this.bytesOf(tenant);
    const before = this.#held.get(name)?.bytes ?? 0;
    if (bytes > before && cap !== null && taken - before + bytes > cap)
      return Promise.resolve({ held: false, current: taken });
    this.#held.set(name, holding);
    return Promise.resolve({ held: true, current: taken - before + bytes });
  }

  release(tenant: string, entry: string): Promise<void> {
    this.#held.delete(`${tenant} ${entry}`);
    return Promise.resolve();
  }

  /** What a tenant holds now, files left out. */
  bytesOf(tenant: string): number {
    for (const [name, { until }] of this.#held) if (until <= this.#clock.now()) this.#held.delete(name);
    return [...this.#held.values()].reduce((sum, each) => sum + (each.tenant === tenant ? each.bytes : 0), 0);
  }
}

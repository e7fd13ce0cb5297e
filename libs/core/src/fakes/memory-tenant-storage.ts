import type { Clock, Holding, TenantStorage } from '../ports/index.js';

export class MemoryTenantStorage implements TenantStorage {
  readonly #held = new Map<string, Holding>();
  readonly #clock: Clock;
  readonly #fileBytes: (tenant: string) => number;
  readonly #caps: (executionId: string) => number | null;

  /** @param facts bytes of a tenant's files, and the cap with which an execution was submitted */
  constructor(
    clock: Clock,
    facts: { fileBytes?: (tenant: string) => number; capOf?: (executionId: string) => number | null } = {},
  ) {
    this.#clock = clock;
    this.#fileBytes = facts.fileBytes ?? (() => 0);
    this.#caps = facts.capOf ?? (() => null);
  }

  hold(holding: Holding): Promise<{ held: boolean; current: number }> {
    return Promise.resolve(this.holdNow(holding));
  }

  /** For what must happen in one step with something else. */
  holdNow(holding: Holding): { held: boolean; current: number } {
    const { tenant, entry, bytes } = holding;
    const name = `${tenant} ${entry}`;
    const cap =
      holding.cap !== null && typeof holding.cap === 'object' ? this.#caps(holding.cap.ofExecution) : holding.cap;
    const taken = this.#fileBytes(tenant) + this.bytesOf(tenant);
    const before = this.#held.get(name)?.bytes ?? 0;
    if (bytes > before && cap !== null && taken - before + bytes > cap) return { held: false, current: taken };
    this.#held.set(name, holding);
    return { held: true, current: taken - before + bytes };
  }

  release(tenant: string, entry: string): Promise<void> {
    this.releaseNow(tenant, entry);
    return Promise.resolve();
  }

  releaseNow(tenant: string, entry: string): void {
    this.#held.delete(`${tenant} ${entry}`);
  }

  /** What a tenant holds now, files left out. */
  bytesOf(tenant: string): number {
    for (const [name, { until }] of this.#held) if (until <= this.#clock.now()) this.#held.delete(name);
    return [...this.#held.values()].reduce((sum, each) => sum + (each.tenant === tenant ? each.bytes : 0), 0);
  }
}

import { setMaxListeners } from 'node:events';
import type { Clock, Logger, PoolSize } from '@gantry/core';
import { messageOf, type Limits } from '@gantry/contracts';
import { classKey, type SandboxClass } from '../sandbox-class.js';
import type { TurnContainer } from './tenant-container.js';
import { type Lender, TenantSandbox } from './tenant-sandbox.js';
import type { TenantPoolSettings } from './tenant-settings.js';

export interface TenantClass extends SandboxClass {
  tenant: string;
}

export interface TenantPoolDeps {
  create: (tenantClass: TenantClass, signal: AbortSignal) => Promise<TurnContainer>;
  settings: TenantPoolSettings;
  clock: Clock;
  logger: Logger;
}

const TEND_EVERY_MS = 5000;
const CALM_MS = 4;

interface Idle {
  key: string;
  container: TurnContainer;
  since: number;
  /** Its next world is there. */
  isReady: boolean;
}

/** Made in the place of one that has served its time. */
interface Replacement {
  key: string;
  made: Promise<TurnContainer | null>;
  /** Who waits for it. */
  taken: Lease | null;
}

interface Lease {
  key: string;
  tenantClass: TenantClass;
}

/**
 * Containers of tenants, each for one tenant, image, limit class and interpreter as long as it lives. An execution has one for itself;
 * afterwards it is kept for the next of the same tenant, in a fresh world. Whatever was not orderly is removed.
 */
export class TenantPool {
  readonly #deps: TenantPoolDeps;
  /** The one used last comes first to be used again, so that what is too much grows old. */
  readonly #idle: Idle[] = [];
  readonly #replacements = new Set<Replacement>();
  readonly #leased = new Map<TurnContainer, Lease>();
  readonly #closing = new AbortController();
  readonly #tending: NodeJS.Timeout;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #lender: Lender = {
    giveBack: (container, how) => this.#giveBack(container, how),
    isShort: (container) => !container.isWorn(this.#now()) && !this.#hasSpare(this.#leased.get(container)?.key),
  };
  #making = 0;

  constructor(deps: TenantPoolDeps) {
    this.#deps = deps;
    this.#tending = setInterval(() => this.#tend(), TEND_EVERY_MS);
    this.#tending.unref();
    // Every container that is being made listens.
    setMaxListeners(0, this.#closing.signal);
  }

  /**
   * A turn in a container of this tenant, or `null` when there is no room for one more. Throws what the making of a container throws, and
   * the signal's reason when it aborts.
   */
  async acquire(tenantClass: TenantClass, limits: Limits, signal: AbortSignal): Promise<TenantSandbox | null> {
    const lease = { key: keyOf(tenantClass), tenantClass };
    const kept = await this.#takeKept(lease);
    if (!kept && !this.#hasRoom()) return null;
    const container = kept ?? (await this.#make(tenantClass, signal, (made) => this.#leased.set(made, lease)));
    const kind = kept ? 'warm' : 'cold';
    const sandbox = new TenantSandbox(container, limits, kind, this.#lender);
    if (!signal.aborted) return sandbox;
    await sandbox[Symbol.asyncDispose]();
    throw signal.reason;
  }

  /** Containers of tenants that wait for their next execution; for metrics. Nobody can say how many are wanted: those that are there. */
  sizes(): PoolSize[] {
    const ready = this.#idle.length;
    const making = this.#making;
    return ready + making === 0 ? [] : [{ name: 'tenant', ready, making, wanted: ready + making }];
  }

  /** Removes what is idle; what is leased goes when it is given back. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The pool is closed'));
    clearInterval(this.#tending);
    for (const { container } of this.#idle.splice(0)) this.#remove(container);
    await Promise.all(this.#pending);
  }

  /** One that is idle, or is being made for this key. Whatever is looked at here is nobody else's from that moment on. */
  async #takeKept(lease: Lease): Promise<TurnContainer | null> {
    for (;;) {
      const mine = this.#idle.filter(({ key }) => key === lease.key);
      // Of those that are not ready the one that has been at it for longest.
      const idle = mine.findLast(({ isReady }) => isReady) ?? mine[0];
      const replacement = [...this.#replacements].find(({ key, taken }) => key === lease.key && !taken);
      if (idle) {
        this.#idle.splice(this.#idle.indexOf(idle), 1);
        this.#leased.set(idle.container, lease);
        if (!idle.isReady) this.#makeSpare(lease);
        if (await usable(idle.container)) return idle.container;
        this.#leased.delete(idle.container);
        this.#remove(idle.container);
      } else if (replacement) {
        replacement.taken = lease;
        const container = await replacement.made;
        if (container) return container;
      } else return null;
    }
  }

  #hasSpare(wanted: string | undefined): boolean {
    return this.#idle.some(({ key, isReady }) => key === wanted && isReady);
  }

  #giveBack(container: TurnContainer, { orderly, ended }: { orderly: boolean; ended: boolean }): void {
    const lease = this.#leased.get(container);
    this.#leased.delete(container);
    if (!lease || !orderly || !container.isSound || this.#closing.signal.aborted) return this.#remove(container);
    if (container.isWorn(this.#now())) {
      this.#remove(container);
      return this.#replace(lease.key, lease.tenantClass);
    }
    // With another one ready there is no hurry, and the answer goes first.
    container.renew(ended ? null : this.#hasSpare(lease.key) ? CALM_MS : 0);
    this.#keep(lease.key, container);
  }

  #drop(idle: Idle): void {
    const at = this.#idle.indexOf(idle);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#remove(idle.container);
  }

  /**
   * Somebody has to wait for a world in the only container there is: with a second one the next finds one ready while the other makes its
   * own. No third: making a container costs more than many such waits.
   */
  #makeSpare({ key, tenantClass }: Lease): void {
    const all = this.#idle.length + this.#leased.size + this.#making;
    const mine = [...this.#idle, ...this.#leased.values(), ...this.#replacements].filter((each) => each.key === key);
    if (mine.length === 1 && all < this.#deps.settings.maxContainers) this.#replace(key, tenantClass);
  }

  /** In the background, for the next execution; taken or not, it counts. */
  #replace(key: string, tenantClass: TenantClass): void {
    if (!this.#hasRoom()) return;
    const settle = (container: TurnContainer): void => {
      // At once: whoever finds it here would get it a second time.
      this.#replacements.delete(replacement);
      if (replacement.taken) this.#leased.set(container, replacement.taken);
      else this.#keep(key, container);
    };
    const made = this.#make(tenantClass, this.#closing.signal, settle)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted)
          this.#deps.logger.warn({ reason: messageOf(error) }, 'a container of a tenant could not be replaced');
        return null;
      })
      .finally(() => this.#replacements.delete(replacement));
    const replacement: Replacement = { key, made, taken: null };
    this.#replacements.add(replacement);
    this.#track(made);
  }

  #keep(key: string, container: TurnContainer): void {
    if (this.#closing.signal.aborted) return this.#remove(container);
    const idle: Idle = { key, container, since: this.#now(), isReady: false };
    this.#idle.push(idle);
    container.ready.then(
      () => this.#becameReady(idle),
      () => this.#drop(idle),
    );
  }

  #becameReady(idle: Idle): void {
    idle.isReady = true;
    if (this.#idle.includes(idle)) idle.container.onDeath(() => this.#drop(idle));
  }

  /** `settle` puts it where it is counted from then on. */
  async #make(
    tenantClass: TenantClass,
    signal: AbortSignal,
    settle: (made: TurnContainer) => void,
  ): Promise<TurnContainer> {
    this.#making += 1;
    try {
      const made = await this.#deps.create(tenantClass, signal);
      settle(made);
      return made;
    } finally {
      this.#making -= 1;
    }
  }

  /** Makes some, if it must: what another class has not used for longest goes. */
  #hasRoom(): boolean {
    if (this.#closing.signal.aborted) return false;
    if (this.#idle.length + this.#leased.size + this.#making < this.#deps.settings.maxContainers) return true;
    const oldest = this.#idle.shift();
    if (!oldest) return false;
    this.#remove(oldest.container);
    return true;
  }

  #tend(): void {
    const now = this.#now();
    const { idleMs } = this.#deps.settings;
    for (const idle of this.#idle.filter(({ since, container }) => now - since > idleMs || container.isWorn(now)))
      this.#drop(idle);
  }

  #remove(container: TurnContainer): void {
    this.#track(container.remove());
  }

  #track(work: Promise<unknown>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  #now(): number {
    return this.#deps.clock.monotonic();
  }
}

async function usable(container: TurnContainer): Promise<boolean> {
  try {
    await container.ready;
    return container.isSound;
  } catch {
    return false;
  }
}

/** Never the same for two tenants. */
function keyOf(tenantClass: TenantClass): string {
  return JSON.stringify([tenantClass.tenant, classKey(tenantClass)]);
}

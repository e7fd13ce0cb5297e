import { setMaxListeners } from 'node:events';
import { messageOf } from '@gantry/contracts';
import type { Clock, Logger, PoolSize } from '@gantry/core';
import { PoolDemand } from './pool-demand.js';
import type { ReadyContainer } from './ready-container.js';
import { classKey, type SandboxClass } from './sandbox-class.js';

export interface PoolSettings {
  /** Ready sandboxes of all classes together; 0 = no pool. */
  maxReady: number;
  /** A class that nobody asks for is forgotten after this. */
  forgetAfterMs: number;
}

export interface PoolDeps {
  create: (sandboxClass: SandboxClass, signal: AbortSignal) => Promise<ReadyContainer>;
  settings: PoolSettings;
  clock: Clock;
  logger: Logger;
}

/** Containers that are being made at once: more would only slow each other and the programs that run. */
const REFILL_CONCURRENCY = 2;
/** The reply goes first. */
const REFILL_DELAY_MS = 30;
const TEND_EVERY_MS = 5000;
/** After a refill failed: an engine in trouble is not helped by more of it. */
const PAUSE_AFTER_FAILURE_MS = 2000;
/** Until one was measured. */
const ASSUMED_REFILL_MS = 250;
const MAX_CLASSES = 64;
/** So many requests that found none within a second: the machine has no idle time in which starting interpreters ahead would be free. */
const BUSY_MISSES = 4;
const BUSY_WINDOW_MS = 1000;

interface Pooled {
  sandboxClass: SandboxClass;
  demand: PoolDemand;
  ready: ReadyContainer[];
  making: number;
  /** When requests found none lately. */
  misses: number[];
}

/**
 * Ready sandboxes, made before anybody asks for them, each used once. Grows with demand, shrinks to nothing for what nobody uses, bounded
 * in number; refilled in the background, after the reply.
 */
export class SandboxPool {
  readonly #deps: PoolDeps;
  readonly #classes = new Map<string, Pooled>();
  readonly #closing = new AbortController();
  readonly #making = new Set<Promise<void>>();
  readonly #tending: NodeJS.Timeout;
  #refillTimer: NodeJS.Timeout | null = null;
  #refillMs = ASSUMED_REFILL_MS;
  #pausedUntil = 0;
  /** Made in a hurry, without the interpreter that their class wants started. */
  readonly #plain = new WeakSet<ReadyContainer>();

  constructor(deps: PoolDeps) {
    this.#deps = deps;
    // Every container that is being made listens.
    setMaxListeners(0, this.#closing.signal);
    this.#tending = setInterval(() => this.#tend(), TEND_EVERY_MS);
    this.#tending.unref();
  }

  /** A ready sandbox of exactly this class, or `null`. Either way the class is remembered and refilled. */
  take(sandboxClass: SandboxClass): ReadyContainer | null {
    const pooled = this.#pooled(sandboxClass);
    if (!pooled) return null;
    pooled.demand.asked(this.#now(), this.#refillMs);
    let container = pooled.ready.shift();
    while (container && !container.isAlive) container = pooled.ready.shift();
    if (!container) pooled.misses = [...pooled.misses, this.#now()].slice(-BUSY_MISSES);
    this.#refillSoon(REFILL_DELAY_MS);
    return container ?? null;
  }

  /** Makes this class ready before anybody asked. */
  prepare(sandboxClass: SandboxClass): void {
    this.#pooled(sandboxClass)?.demand.prepare(this.#now());
    this.#refillSoon(0);
  }

  /** By class name; for metrics. */
  sizes(): PoolSize[] {
    const now = this.#now();
    return [...this.#classes.values()].map(({ sandboxClass, demand, ready, making }) => ({
      name: sandboxClass.preload ?? 'plain',
      ready: ready.length,
      making,
      wanted: demand.wish(now),
    }));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The pool is closed'));
    clearInterval(this.#tending);
    if (this.#refillTimer) clearTimeout(this.#refillTimer);
    await Promise.all(this.#making);
    const all = [...this.#classes.values()].flatMap(({ ready }) => ready.splice(0));
    await Promise.all(all.map((container) => container.remove()));
  }

  #now(): number {
    return this.#deps.clock.monotonic();
  }

  #total(): number {
    return [...this.#classes.values()].reduce((sum, { ready, making }) => sum + ready.length + making, 0);
  }

  /** `null` when there is no room for another class: a client that varies its limits must not push out what others use. */
  #pooled(sandboxClass: SandboxClass): Pooled | null {
    const { maxReady, forgetAfterMs } = this.#deps.settings;
    if (maxReady === 0 || this.#closing.signal.aborted) return null;
    const key = classKey(sandboxClass);
    let pooled = this.#classes.get(key);
    if (!pooled && this.#classes.size < MAX_CLASSES) {
      pooled = {
        sandboxClass,
        demand: new PoolDemand({ maxReady, forgetAfterMs }, this.#now()),
        ready: [],
        making: 0,
        misses: [],
      };
      this.#classes.set(key, pooled);
    }
    return pooled ?? null;
  }

  #refillSoon(delayMs: number): void {
    if (this.#closing.signal.aborted) return;
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = null;
      this.#refill();
    }, delayMs);
  }

  #refill(): void {
    const now = this.#now();
    if (now < this.#pausedUntil) return this.#refillSoon(this.#pausedUntil - now);
    while (this.#making.size < REFILL_CONCURRENCY) {
      const neediest = this.#neediest(now);
      if (!neediest) return;
      if (this.#total() >= this.#deps.settings.maxReady && !this.#makeRoom(neediest, now)) return;
      this.#make(neediest);
    }
  }

  /** The class that has the least of what it wishes for. */
  #neediest(now: number): Pooled | null {
    let best: Pooled | null = null;
    let lowest = 1;
    for (const pooled of this.#classes.values()) {
      const wish = pooled.demand.wish(now);
      const share = wish === 0 ? 1 : (pooled.ready.length + pooled.making) / wish;
      if (share < lowest) [best, lowest] = [pooled, share];
    }
    return best;
  }

  /** The pool is full: the one longest unused gives up a sandbox, if it has been unused for longer than the one in need. */
  #makeRoom(needy: Pooled, now: number): boolean {
    const others = [...this.#classes.values()].filter((pooled) => pooled !== needy && pooled.ready.length > 0);
    const surplus = others.find((pooled) => pooled.ready.length > pooled.demand.wish(now));
    const oldest = others.sort((a, b) => a.demand.lastAskedAt - b.demand.lastAskedAt)[0];
    const victim = surplus ?? (needy.ready.length + needy.making === 0 ? oldest : undefined);
    const container = victim?.ready.pop();
    if (!container) return false;
    void container.remove();
    return true;
  }

  #make(pooled: Pooled): void {
    pooled.making++;
    const startedAt = this.#now();
    const { sandboxClass } = pooled;
    const preload = this.#isBusy(pooled, startedAt) ? null : sandboxClass.preload;
    const making = this.#deps
      .create({ ...sandboxClass, preload }, this.#closing.signal)
      .then(
        (container) => {
          this.#refillMs = this.#refillMs * 0.8 + (this.#now() - startedAt) * 0.2;
          if (this.#closing.signal.aborted) return container.remove();
          if (preload !== sandboxClass.preload) this.#plain.add(container);
          pooled.ready.push(container);
          container.onDeath(() => this.#lost(pooled, container));
          return undefined;
        },
        (error: unknown) => {
          this.#pausedUntil = this.#now() + PAUSE_AFTER_FAILURE_MS;
          if (!this.#closing.signal.aborted)
            this.#deps.logger.warn({ reason: messageOf(error) }, 'a sandbox could not be made in advance');
        },
      )
      .finally(() => {
        pooled.making--;
        this.#making.delete(making);
        this.#refillSoon(0);
      });
    this.#making.add(making);
  }

  /** One that ended while it was idle: killed by hand, or the engine restarted. */
  #lost(pooled: Pooled, container: ReadyContainer): void {
    const at = pooled.ready.indexOf(container);
    if (at < 0) return;
    pooled.ready.splice(at, 1);
    void container.remove();
    this.#pausedUntil = this.#now() + PAUSE_AFTER_FAILURE_MS;
    this.#refillSoon(PAUSE_AFTER_FAILURE_MS);
  }

  #isBusy(pooled: Pooled, now: number): boolean {
    return pooled.misses.length === BUSY_MISSES && (pooled.misses[0] as number) > now - BUSY_WINDOW_MS;
  }

  /** When the hurry is over; one a round, so that a pool that has just filled does not empty itself. */
  #replacePlain(now: number): void {
    for (const pooled of this.#classes.values()) {
      const at = this.#isBusy(pooled, now) ? -1 : pooled.ready.findIndex((each) => this.#plain.has(each));
      if (at < 0) continue;
      for (const container of pooled.ready.splice(at, 1)) void container.remove();
      return;
    }
  }

  /** Takes away what is above the wish, and classes that nobody uses. */
  #tend(): void {
    const now = this.#now();
    for (const [key, pooled] of this.#classes) {
      const wish = pooled.demand.wish(now);
      for (const container of pooled.ready.splice(wish)) void container.remove();
      if (wish === 0 && pooled.making === 0) this.#classes.delete(key);
    }
    this.#replacePlain(now);
    this.#refill();
  }
}

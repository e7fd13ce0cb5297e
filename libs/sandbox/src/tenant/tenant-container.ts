import type { Logger } from '@gantry/core';
import { AppError } from '@gantry/contracts';
import { awaitReady } from '../await-ready.js';
import { awaitInterpreter } from '../create-container.js';
import { encodeFrame, WORKER_FRAME } from '../frame-codec.js';
import type { ContainerEnd, ReadyContainer, ReadyContainerParts } from '../ready-container.js';
import { checkOwner } from '../ready-check.js';
import type { StageContainer } from '../stage-run.js';

/** From END to the next world's READY; on an idle machine it takes two milliseconds. */
const NEXT_WORLD = { readyMs: 5000 };

export interface TenantContainerFacts {
  preload: string | null;
  maxUses: number;
  /** On the monotonic clock. */
  expiresAt: number;
}

/** A container of one tenant. One execution at a time has it, and each finds a world that nobody was in. */
export class TenantContainer implements StageContainer {
  readonly #container: ReadyContainer;
  readonly #facts: TenantContainerFacts;
  readonly #logger: Logger;
  #uses = 1;
  #doomed = false;
  #ready: Promise<void> = Promise.resolve();

  /** @param container its first world is ready and knows its owner */
  constructor(container: ReadyContainer, facts: TenantContainerFacts, logger: Logger) {
    this.#container = container;
    this.#facts = facts;
    this.#logger = logger;
  }

  get parts(): ReadyContainerParts {
    return this.#container.parts;
  }

  /** Resolves when the present world is ready; rejects when there will be none. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Nothing says that it could not go on. */
  get isSound(): boolean {
    return !this.#doomed && this.#container.isAlive;
  }

  /** It has served its time. */
  isWorn(now: number): boolean {
    return this.#uses >= this.#facts.maxUses || now >= this.#facts.expiresAt;
  }

  /**
   * Ends the present world and everything in it after so long, and begins the next; `null` = it ends by itself, with its last stage. Never
   * rejects: `ready` says what came of it.
   */
  renew(afterMs: number | null): void {
    this.#uses += 1;
    this.#ready = this.#nextWorld(afterMs);
    this.#ready.catch(() => (this.#doomed = true));
  }

  /** Watches over it while nobody uses it; the callback comes at most once. */
  onDeath(callback: () => void): void {
    this.#container.onDeath(callback);
  }

  /** By the engine's hand. It serves nobody any more. */
  async kill(): Promise<void> {
    this.#doomed = true;
    await this.#container.kill();
  }

  /** Safe to repeat. */
  async remove(): Promise<void> {
    this.#doomed = true;
    await this.#container.remove();
  }

  end(): Promise<ContainerEnd> {
    return this.#container.end();
  }

  async #nextWorld(afterMs: number | null): Promise<void> {
    const { connection, uid } = this.#container.parts;
    const { preload } = this.#facts;
    if (afterMs !== null && afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (afterMs !== null) await connection.send(encodeFrame(WORKER_FRAME.end));
    checkOwner(await awaitReady(connection, NEXT_WORLD), uid + this.#uses);
    if (preload !== null) await awaitInterpreter({ connection, logger: this.#logger }, preload, NEXT_WORLD);
    if (!this.isSound) throw new AppError('sandbox_failed', `Container ${this.#container.parts.id} has ended`);
  }
}

/** What a pool and a turn need of it. */
export type TurnContainer = Pick<TenantContainer, keyof TenantContainer>;

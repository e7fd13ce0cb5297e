import { AppError, messageOf } from '@gantry/contracts';
import type { Clock, Logger } from '@gantry/core';
import type { SandboxRequest } from './sandbox-class.js';

export interface EngineRoomDeps {
  /** Makes a container and removes it. */
  tryOnce: (request: SandboxRequest) => Promise<void>;
  clock: Pick<Clock, 'monotonic'>;
  logger: Logger;
}

const NO_SPACE = /no space left on device|disk quota exceeded/i;
const TRY_EVERY_MS = 2000;

/**
 * Whether the engine has room for one more container. One whose disk is full answers every question and makes none: a worker that went on to
 * take executions would spend them all. It is tried again, in the background, for as long as somebody asks.
 */
export class EngineRoom {
  readonly #deps: EngineRoomDeps;
  #full: { request: SandboxRequest; message: string } | null = null;
  #tryAt = 0;

  constructor(deps: EngineRoomDeps) {
    this.#deps = deps;
  }

  /** What is in the way; `null` = nothing that is known of. */
  get trouble(): string | null {
    const now = this.#deps.clock.monotonic();
    if (this.#full && now >= this.#tryAt) {
      this.#tryAt = Infinity;
      // It tells itself what comes of it.
      void this.#deps
        .tryOnce(this.#full.request)
        .catch(() => undefined)
        .finally(() => (this.#tryAt = this.#deps.clock.monotonic() + TRY_EVERY_MS));
    }
    return this.#full?.message ?? null;
  }

  /** A container was made. */
  made(): void {
    if (this.#full) this.#deps.logger.info({}, 'the engine has room for containers again');
    this.#full = null;
  }

  /** One could not be made. */
  failed(error: unknown, request: SandboxRequest): void {
    if (!(error instanceof AppError) || !NO_SPACE.test(error.message)) return;
    const message = `The Docker engine has no room for containers: ${messageOf(error)}`;
    if (!this.#full) {
      this.#tryAt = this.#deps.clock.monotonic() + TRY_EVERY_MS;
      this.#deps.logger.error({ reason: error.message }, 'the engine has no room for containers');
    }
    this.#full = { request: { ...request, preload: null, assignment: null }, message };
  }
}

import { AppError } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { Engine } from './engine.js';
import type { InitConnection } from './init-connection.js';
import type { ReadyMessage } from './init-messages.js';
import { killContainer, removeContainer } from './remove-container.js';
import type { ContainerLimits } from './sandbox-class.js';

/** How a container ended, as the engine tells it. */
export interface ContainerEnd {
  exitCode: number;
  oomKilled: boolean;
}

export interface ReadyContainerParts {
  id: string;
  name: string;
  uid: number;
  imageDigest: string;
  /** Read back from the engine. */
  limits: ContainerLimits;
  connection: InitConnection;
  ready: ReadyMessage;
}

/** The engine tells of an OOM kill up to 300 ms after the container's end. */
const OOM_NEWS_MS = 400;
const LOOK_AGAIN_MS = 50;
const END_MS = 5000;

/** A started container whose init is ready and knows its owner. Nobody's program has run in it yet. */
export class ReadyContainer {
  readonly parts: ReadyContainerParts;
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #onRemoved: () => void;
  #removal: Promise<boolean> | null = null;

  constructor(deps: { engine: Engine; logger: Logger; onRemoved: () => void }, parts: ReadyContainerParts) {
    this.parts = parts;
    this.#engine = deps.engine;
    this.#logger = deps.logger;
    this.#onRemoved = deps.onRemoved;
  }

  /** False once its connection has ended: nothing can run in it any more. */
  get isAlive(): boolean {
    return this.parts.connection.isOpen;
  }

  /** Watches over it while nobody uses it. The callback comes at most once, and not after `removed` or a first stage. */
  onDeath(callback: () => void): void {
    this.parts.connection.watchIdle(callback);
  }

  /** Ends it by the engine's hand. Its output ends soon after. Safe to repeat. */
  async kill(): Promise<void> {
    await killContainer(this.#engine, this.parts.id, this.#logger);
  }

  /** Kills and removes it. Safe to repeat; resolves when it is gone, or when that was given up and logged. */
  async remove(): Promise<void> {
    this.#removal ??= this.#remove();
    await this.#removal;
  }

  /** How it ended. To be asked after its output has ended; throws `engine_unavailable`, or `sandbox_failed` when it still runs. */
  async end(): Promise<ContainerEnd> {
    const started = performance.now();
    for (;;) {
      const waited = performance.now() - started;
      const { State } = await this.#engine.read('inspect a container', (abortSignal) =>
        this.#engine.docker.getContainer(this.parts.id).inspect({ abortSignal }),
      );
      const settled = !State.Running && (State.OOMKilled || State.ExitCode !== 137 || waited > OOM_NEWS_MS);
      if (settled) return { exitCode: State.ExitCode, oomKilled: State.OOMKilled };
      if (waited > END_MS)
        throw new AppError('sandbox_failed', `Container ${this.parts.id} closed its output and still runs`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async #remove(): Promise<boolean> {
    this.parts.connection.destroy();
    const gone = await removeContainer(this.#engine, this.parts.id, this.#logger);
    this.#onRemoved();
    return gone;
  }
}

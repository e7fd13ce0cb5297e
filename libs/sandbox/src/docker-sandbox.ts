import { AppError, type Limits } from '@gantry/contracts';
import type {
  CollectOrder,
  CollectReport,
  CollectSink,
  OutputSink,
  Sandbox,
  SandboxInfo,
  StageCommand,
  StageReport,
} from '@gantry/core';
import { Collection } from './collection.js';
import type { ReadyContainer } from './ready-container.js';
import { StageRun } from './stage-run.js';

const REMOVE_AFTER_MS = 10;

/** A ready container given to one execution. Its stages run one after another; a sandbox that broke runs no more. */
export class DockerSandbox implements Sandbox {
  readonly info: SandboxInfo;
  readonly #container: ReadyContainer;
  readonly #limits: Limits;
  #usable = true;
  /** A stage has ended and nothing runs. */
  #collectable = false;

  constructor(container: ReadyContainer, limits: Limits, kind: SandboxInfo['kind']) {
    const { imageDigest } = container.parts;
    this.#container = container;
    this.#limits = limits;
    this.info = { imageDigest, kind, limits: { ...limits, ...container.parts.limits } };
  }

  async run(stage: StageCommand, sink: OutputSink, signal: AbortSignal): Promise<StageReport> {
    if (!this.#usable) throw new AppError('sandbox_failed', 'This sandbox cannot run another stage');
    this.#usable = this.#collectable = false;
    const report = await new StageRun(this.#container, stage, this.#limits, sink).run(signal);
    // Only a program that ended by itself leaves a sandbox that is surely alive.
    this.#usable = report.cause === 'self' && report.startError !== 'ENOSPC';
    this.#collectable = this.#container.isAlive;
    return report;
  }

  async collect(order: CollectOrder, sink: CollectSink, signal: AbortSignal): Promise<CollectReport> {
    if (!this.#collectable) throw new AppError('sandbox_failed', 'Nothing can be collected from this sandbox');
    const usable = this.#usable;
    this.#usable = this.#collectable = false;
    const report = await new Collection(this.#container, order, sink).run(signal);
    this.#usable = usable;
    this.#collectable = true;
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing of the program lives any more, and the engine's work would only get in the way of the answer.
    if (this.#usable) await new Promise((resolve) => setTimeout(resolve, REMOVE_AFTER_MS));
    this.#usable = this.#collectable = false;
    await this.#container.remove();
  }
}

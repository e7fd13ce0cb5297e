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
import { Collection } from '../collection.js';
import { StageRun } from '../stage-run.js';
import type { TurnContainer } from './tenant-container.js';

/** One execution's turn in a tenant's container. At its end the container gets a fresh world, or goes. */
export class TenantSandbox implements Sandbox {
  readonly info: SandboxInfo;
  readonly #container: TurnContainer;
  readonly #limits: Limits;
  readonly #giveBack: (container: TurnContainer, orderly: boolean) => void;
  #usable = true;
  /** A stage has ended and nothing runs. */
  #collectable = false;
  #orderly = true;
  #over = false;

  constructor(
    container: TurnContainer,
    limits: Limits,
    kind: SandboxInfo['kind'],
    giveBack: (container: TurnContainer, orderly: boolean) => void,
  ) {
    const { imageDigest } = container.parts;
    this.#container = container;
    this.#limits = limits;
    this.#giveBack = giveBack;
    this.info = { imageDigest, kind, limits: { ...limits, ...container.parts.limits } };
  }

  async run(stage: StageCommand, sink: OutputSink, signal: AbortSignal): Promise<StageReport> {
    if (!this.#usable) throw new AppError('sandbox_failed', 'This sandbox cannot run another stage');
    this.#usable = this.#collectable = false;
    this.#orderly = false;
    const report = await new StageRun(this.#container, stage, this.#limits, sink).run(signal);
    this.#orderly = this.#container.isSound;
    this.#usable = this.#orderly && report.cause === 'self' && report.startError !== 'ENOSPC';
    this.#collectable = this.#orderly;
    return report;
  }

  async collect(order: CollectOrder, sink: CollectSink, signal: AbortSignal): Promise<CollectReport> {
    if (!this.#collectable) throw new AppError('sandbox_failed', 'Nothing can be collected from this sandbox');
    const usable = this.#usable;
    this.#usable = this.#collectable = this.#orderly = false;
    const report = await new Collection(this.#container, order, sink).run(signal);
    this.#orderly = this.#container.isSound;
    this.#collectable = this.#orderly;
    this.#usable = usable && this.#orderly;
    return report;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#usable = this.#collectable = false;
    if (!this.#over) this.#giveBack(this.#container, this.#orderly);
    this.#over = true;
    return Promise.resolve();
  }
}

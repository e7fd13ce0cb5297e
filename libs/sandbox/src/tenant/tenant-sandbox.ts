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

/** Who has lent the container. */
export interface Lender {
  /** @param ended the execution has ended its world by itself */
  giveBack(container: TurnContainer, how: { orderly: boolean; ended: boolean }): void;
  /** Somebody may be waiting for the next world of this container, and there will be one. */
  isShort(container: TurnContainer): boolean;
}

/** One execution's turn in a tenant's container. At its end the container gets a fresh world, or goes. */
export class TenantSandbox implements Sandbox {
  readonly info: SandboxInfo;
  readonly #container: TurnContainer;
  readonly #limits: Limits;
  readonly #lender: Lender;
  #usable = true;
  /** A stage has ended and nothing runs. */
  #collectable = false;
  #orderly = true;
  #ended = false;
  #over = false;

  constructor(container: TurnContainer, limits: Limits, kind: SandboxInfo['kind'], lender: Lender) {
    const { imageDigest } = container.parts;
    this.#container = container;
    this.#limits = limits;
    this.#lender = lender;
    this.info = { imageDigest, kind, limits: { ...limits, ...container.parts.limits } };
  }

  async run(stage: StageCommand, sink: OutputSink, signal: AbortSignal): Promise<StageReport> {
    if (!this.#usable) throw new AppError('sandbox_failed', 'This sandbox cannot run another stage');
    this.#usable = this.#collectable = false;
    this.#orderly = false;
    // What is on its way to a program's input when it ends would reach the next execution.
    const fed = !(stage.stdin instanceof Uint8Array) || stage.stdin.length > 0;
    this.#ended = stage.last === true && !fed && !signal.aborted && this.#lender.isShort(this.#container);
    const limits = { ...this.#limits, last: this.#ended };
    const report = await new StageRun(this.#container, stage, limits, sink).run(signal);
    this.#orderly = this.#container.isSound;
    this.#usable = this.#orderly && !this.#ended && report.cause === 'self' && report.startError !== 'ENOSPC';
    this.#collectable = this.#orderly && !this.#ended;
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
    if (!this.#over) this.#lender.giveBack(this.#container, { orderly: this.#orderly, ended: this.#ended });
    this.#over = true;
    return Promise.resolve();
  }
}

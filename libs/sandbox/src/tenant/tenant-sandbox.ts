import { AppError, type Limits } from '@gantry/contracts';
import type { OutputSink, Sandbox, SandboxInfo, StageCommand, StageReport } from '@gantry/core';
import { StageRun } from '../stage-run.js';
import type { TurnContainer } from './tenant-container.js';

/** One execution's turn in a tenant's container. At its end the container gets a fresh world, or goes. */
export class TenantSandbox implements Sandbox {
  readonly info: SandboxInfo;
  readonly #container: TurnContainer;
  readonly #limits: Limits;
  readonly #giveBack: (container: TurnContainer, orderly: boolean) => void;
  #usable = true;
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
    this.#usable = false;
    this.#orderly = false;
    const report = await new StageRun(this.#container, stage, this.#limits, sink).run(signal);
    this.#orderly = this.#container.isSound;
    this.#usable = this.#orderly && report.cause === 'self' && report.startError !== 'ENOSPC';
    return report;
  }

  collect(): Promise<void> {
    throw new AppError('sandbox_failed', 'Files cannot be collected yet');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#usable = false;
    if (!this.#over) this.#giveBack(this.#container, this.#orderly);
    this.#over = true;
    return Promise.resolve();
  }
}

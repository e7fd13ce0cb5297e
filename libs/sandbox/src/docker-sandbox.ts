import { AppError, type Limits } from '@gantry/contracts';
import type { OutputSink, Sandbox, SandboxInfo, StageCommand, StageReport } from '@gantry/core';
import type { ReadyContainer } from './ready-container.js';
import { StageRun } from './stage-run.js';

/** A ready container given to one execution. Its stages run one after another; a sandbox that broke runs no more. */
export class DockerSandbox implements Sandbox {
  readonly info: SandboxInfo;
  readonly #container: ReadyContainer;
  readonly #limits: Limits;
  #usable = true;

  constructor(container: ReadyContainer, limits: Limits, kind: SandboxInfo['kind']) {
    const { imageDigest } = container.parts;
    this.#container = container;
    this.#limits = limits;
    this.info = { imageDigest, kind, limits: { ...limits, ...container.parts.limits } };
  }

  async run(stage: StageCommand, sink: OutputSink, signal: AbortSignal): Promise<StageReport> {
    if (!this.#usable) throw new AppError('sandbox_failed', 'This sandbox cannot run another stage');
    this.#usable = false;
    const report = await new StageRun(this.#container, stage, this.#limits, sink).run(signal);
    // Only a program that ended by itself leaves a sandbox that is surely alive.
    this.#usable = report.cause === 'self' && report.startError !== 'ENOSPC';
    return report;
  }

  collect(): Promise<void> {
    throw new AppError('sandbox_failed', 'Files cannot be collected yet');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#usable = false;
    await this.#container.remove();
  }
}

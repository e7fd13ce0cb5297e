import { messageOf } from '@gantry/contracts';
import type { Logger, SandboxProvider, WorkerDirectory } from '@gantry/core';
import type { ProbeCheck } from '@gantry/sandbox';

export interface BootCheckDeps {
  sandboxes: SandboxProvider & { probe(image: string): Promise<ProbeCheck[]> };
  workers: WorkerDirectory;
  image: string;
  enabled: boolean;
  logger: Logger;
}

/** Before the first job, and again after every failure: does this engine really isolate? Jobs are refused until it does. */
export class BootCheck {
  readonly #deps: BootCheckDeps;
  #refusal: string | null = 'not checked yet';

  constructor(deps: BootCheckDeps) {
    this.#deps = deps;
  }

  /** Why no jobs are taken; `null` = all well. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Sweeps what a former life left behind, then probes. Never throws: an engine that is away may come. */
  async run(): Promise<void> {
    const { sandboxes, workers, image, enabled, logger } = this.#deps;
    try {
      const alive = new Set((await workers.list()).map((worker) => worker.id));
      const swept = await sandboxes.sweep((id) => alive.has(id));
      if (swept > 0) logger.info({ swept }, 'removed containers of workers that are gone');
      const failed = enabled ? (await sandboxes.probe(image)).filter((check) => !check.ok) : [];
      this.#refusal = failed.length === 0 ? null : `This engine does not isolate: ${failed.map((check) => `${check.name} (${check.message})`).join('; ')}`;
      if (failed.length > 0) logger.error({ failed }, 'the engine does not isolate; no jobs are taken');
    } catch (error) {
      this.#refusal = messageOf(error);
      logger.warn({ reason: this.#refusal }, 'the engine could not be checked; no jobs are taken until it can');
    }
  }

  async retry(): Promise<void> {
    if (this.#refusal !== null && (await this.#deps.sandboxes.engine()).available) await this.run();
  }
}

import { messageOf } from '@gantry/contracts';
import type { Clock, Logger, SandboxProvider } from '@gantry/core';
import type { ProbeCheck } from '@gantry/sandbox';

export interface BootCheckDeps {
  sandboxes: SandboxProvider & { probe(image: string): Promise<ProbeCheck[]> };
  image: string;
  enabled: boolean;
  logger: Logger;
  clock: Clock;
}

const RETRY_EVERY_MS = 10_000;

/** Before the first job, and again after every failure: does this engine really isolate? Jobs are refused until it does. */
export class BootCheck {
  readonly #deps: BootCheckDeps;
  #refusal: string | null = 'not checked yet';
  #nextTryAt = 0;

  constructor(deps: BootCheckDeps) {
    this.#deps = deps;
  }

  /** Why no jobs are taken; `null` = all well. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Never throws: an engine that is away may come. */
  async run(): Promise<void> {
    const { sandboxes, image, enabled, logger, clock } = this.#deps;
    const before = this.#refusal;
    try {
      const failed = enabled ? (await sandboxes.probe(image)).filter((check) => !check.ok) : [];
      this.#refusal =
        failed.length === 0
          ? null
          : `This engine does not isolate: ${failed.map((check) => `${check.name} (${check.message})`).join('; ')}`;
      if (this.#refusal !== null && this.#refusal !== before)
        logger.error({ failed }, 'the engine does not isolate; no jobs are taken');
    } catch (error) {
      this.#refusal = messageOf(error);
      if (this.#refusal !== before)
        logger.warn({ reason: this.#refusal }, 'the engine could not be checked; no jobs are taken until it can');
    }
    this.#nextTryAt = clock.monotonic() + RETRY_EVERY_MS;
  }

  async retry(): Promise<void> {
    if (this.#refusal === null || this.#deps.clock.monotonic() < this.#nextTryAt) return;
    if ((await this.#deps.sandboxes.engine()).available) await this.run();
  }
}

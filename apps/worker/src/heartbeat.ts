import { hostname } from 'node:os';
import type { EngineStatus, WorkerStatus } from '@gantry/contracts';
import type { JobConsumer, SandboxProvider, WorkerDirectory } from '@gantry/core';

/** Said this often, and believed this long. */
export const HEARTBEAT_EVERY_MS = 1000;
const BELIEVED_MS = 6000;

export interface HeartbeatDeps {
  workers: WorkerDirectory;
  sandboxes: SandboxProvider;
  consumer: JobConsumer;
  /** Takes image jobs, only while the other takes executions. */
  imageConsumer: JobConsumer;
  images: () => Pick<WorkerStatus, 'images' | 'imageFailures'>;
  id: string;
  slots: number;
  /** The executor image's content id on this engine; `null` = not known now. */
  executorDigest: () => Promise<string | null>;
  /** What the boot check found; `null` = all well. */
  refusal: () => string | null;
  /** Begins to take jobs; called once, when the engine is first found well. */
  begin: () => void;
}

/** Looks at the engine, tells the gateways, and takes jobs only while there is an engine to run them. */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #startedAt = Date.now();
  #engine: EngineStatus = {
    available: false,
    version: null,
    images: 0,
    executorDigest: null,
    message: 'not looked at yet',
  };
  #intake: 'not begun' | 'open' | 'paused' = 'not begun';
  #draining = false;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  get engine(): EngineStatus {
    return this.#engine;
  }

  get draining(): boolean {
    return this.#draining;
  }

  async beat(): Promise<void> {
    const { sandboxes, consumer, imageConsumer, workers, refusal, executorDigest } = this.#deps;
    const seen = await sandboxes.engine();
    const engine = { ...seen, executorDigest: seen.available ? await executorDigest() : null };
    const refused = refusal();
    this.#engine = engine.available && refused !== null ? { ...engine, available: false, message: refused } : engine;
    await this.#steer([consumer, imageConsumer]);
    await workers.announce(this.status(), BELIEVED_MS);
  }

  /** From now on no new jobs are promised; told at once. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#deps.workers.announce(this.status(), BELIEVED_MS);
  }

  status(): WorkerStatus {
    const { id, slots, consumer } = this.#deps;
    return {
      id,
      host: hostname(),
      pid: process.pid,
      at: Date.now(),
      startedAt: this.#startedAt,
      slots,
      running: consumer.running(),
      draining: this.#draining,
      engine: this.#engine,
      ...this.#deps.images(),
    };
  }

  async #steer(consumers: readonly JobConsumer[]): Promise<void> {
    if (this.#engine.available) {
      if (this.#intake === 'not begun') this.#deps.begin();
      if (this.#intake === 'paused') for (const consumer of consumers) consumer.resume();
      this.#intake = 'open';
    } else if (this.#intake === 'open') {
      this.#intake = 'paused';
      await Promise.all(consumers.map((consumer) => consumer.pause()));
    }
  }
}

import type { EngineStatus, WorkerStatus } from '@gantry/contracts';
import type { JobConsumer, Logger, SandboxProvider, WorkerOrder, WorkerPresence } from '@gantry/core';

/** Said this often, and believed this long. */
export const HEARTBEAT_EVERY_MS = 1000;
export const BELIEVED_MS = 6000;

export interface HeartbeatDeps {
  presence: WorkerPresence;
  sandboxes: SandboxProvider;
  consumer: Pick<JobConsumer, 'pause' | 'resume' | 'running'>;
  /** Takes image jobs, only while the other takes executions. */
  imageConsumer: JobConsumer;
  images: () => Pick<WorkerStatus, 'images' | 'imageFailures'>;
  /** What does not change while the worker lives. */
  facts: WorkerFacts;
  /** The executor image's content id on this engine; `null` = not known now. */
  executorDigest: () => Promise<string | null>;
  /** What the boot check found; `null` = all well. */
  refusal: () => string | null;
  /** Begins to take jobs; called once, when the engine is first found well. */
  begin: () => void;
  uptimeMs: () => number;
  logger: Logger;
}

export type WorkerFacts = Pick<
  WorkerStatus,
  'id' | 'instance' | 'host' | 'pid' | 'version' | 'labels' | 'tags' | 'slots'
>;

/** Looks at the engine, tells the gateways, and takes jobs only while there is an engine to run them and nobody asked it not to. */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  #engine: EngineStatus = NOT_LOOKED_AT;
  #intake: 'not begun' | 'open' | 'paused' = 'not begun';
  #shuttingDown = false;
  #order: WorkerOrder = 'resume';
  /** Another process has this worker's name. */
  #supplanted = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  get engine(): EngineStatus {
    return this.#engine;
  }

  /** Why no new jobs are taken, whatever the engine; `null` = they are. */
  get closedBecause(): string | null {
    if (this.#supplanted) return 'another worker has this WORKER_ID';
    if (this.#shuttingDown) return 'shutting down';
    return this.#order === 'drain' ? 'draining' : null;
  }

  beat(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#lookAtEngine();
      await this.#steer();
      await this.#announce();
    });
  }

  /** There may be an order: hears it now, not with the next beat. */
  hear(): Promise<void> {
    return this.#inTurn(() => this.#announce());
  }

  /** From now on no new jobs are promised; told at once. */
  drain(): Promise<void> {
    this.#shuttingDown = true;
    return this.#inTurn(() => this.#announce());
  }

  status(): WorkerStatus {
    const { facts, consumer, imageConsumer, sandboxes, images, uptimeMs } = this.#deps;
    const running = consumer.running();
    const draining = this.closedBecause !== null;
    return {
      ...facts,
      uptimeMs: Math.round(uptimeMs()),
      running,
      draining,
      drained: draining && running + imageConsumer.running() === 0,
      pool: poolByKind(sandboxes.ready()),
      engine: this.#engine,
      ...images(),
    };
  }

  async #lookAtEngine(): Promise<void> {
    const { sandboxes, refusal, executorDigest } = this.#deps;
    const seen = await sandboxes.engine();
    const engine = { ...seen, executorDigest: seen.available ? await executorDigest() : null };
    const refused = refusal();
    this.#engine = engine.available && refused !== null ? { ...engine, available: false, message: refused } : engine;
  }

  async #announce(): Promise<void> {
    const before = this.closedBecause;
    const heard = await this.#deps.presence.announce(this.status(), BELIEVED_MS);
    this.#supplanted = heard.kind === 'taken';
    // No order is no news: a Redis that lost everything must not send a drained worker back to work.
    if (heard.kind === 'said' && heard.order !== null) this.#order = heard.order;
    if (this.closedBecause === before) return;
    this.#tell(before);
    await this.#steer();
    if (heard.kind === 'said') await this.#deps.presence.announce(this.status(), BELIEVED_MS);
  }

  #tell(before: string | null): void {
    const { logger, facts } = this.#deps;
    const fields = { workerId: facts.id, reason: this.closedBecause ?? before };
    if (this.#supplanted) logger.error(fields, 'another worker has taken this name; no jobs are taken');
    else if (this.closedBecause === null) logger.info(fields, 'takes jobs again');
    else logger.info(fields, 'takes no more jobs');
  }

  async #steer(): Promise<void> {
    const { begin, consumer, imageConsumer } = this.#deps;
    // A worker that shuts down stops its consumers itself.
    if (this.#shuttingDown) return;
    const consumers = [consumer, imageConsumer];
    if (this.#engine.available && this.closedBecause === null) {
      if (this.#intake === 'not begun') begin();
      if (this.#intake === 'paused') for (const one of consumers) one.resume();
      this.#intake = 'open';
    } else if (this.#intake === 'open') {
      this.#intake = 'paused';
      await Promise.all(consumers.map((one) => one.pause()));
    }
  }

  /** One after another: a beat that looks at a slow engine must not announce what an order has changed meanwhile. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

export const NOT_LOOKED_AT: EngineStatus = {
  available: false,
  version: null,
  images: 0,
  executorDigest: null,
  message: 'not looked at yet',
};

/** Several classes of sandboxes may have one interpreter. */
function poolByKind(sizes: readonly { name: string; ready: number }[]): WorkerStatus['pool'] {
  const kinds = new Map<string, number>();
  for (const { name, ready } of sizes) kinds.set(name, (kinds.get(name) ?? 0) + ready);
  return [...kinds].map(([kind, ready]) => ({ kind, ready })).sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@gantry/core';
import type { Engine } from '../engine.js';
import { removeContainer } from '../remove-container.js';

const LOOK_EVERY_MS = 1000;
/** Looking at a size means walking all that was written: it gets at most a quarter of the time. */
const REST_FACTOR = 3;
/** The builder removes its container itself when its client has gone; this long it may take. */
const GOING_MS = 3000;
const GOING_LOOK_MS = 100;
/** More announcements than any build of ours has steps come from a program that plays the builder. */
const MAX_ANNOUNCED = 500;

export interface BuildContainersDeps {
  engine: Engine;
  logger: Logger;
  /** In the environment of every container in which this build runs a program, and of no other. */
  marker: string;
  processes: number;
  diskBytes: number;
  onDiskFull(): void;
}

interface Seen {
  Id: string;
  SizeRw?: number;
  Config?: { Env?: string[] | null };
}

/**
 * The containers that the engine's builder makes for one build. The builder says their ids in the same stream that programs write to, so a
 * container counts only when it carries the marker.
 */
export class BuildContainers {
  readonly #deps: BuildContainersDeps;
  readonly #bytes = new Map<string, number>();
  readonly #closed = new AbortController();
  readonly #looking: Promise<void>;
  #current: string | null = null;
  #announced = 0;
  #checks: Promise<void> = Promise.resolve();

  constructor(deps: BuildContainersDeps) {
    this.#deps = deps;
    this.#looking = this.#look();
  }

  announced(shortId: string): void {
    this.#announced += 1;
    if (this.#announced > MAX_ANNOUNCED) return;
    this.#checks = this.#checks.then(() => this.#admit(shortId));
  }

  get ids(): readonly string[] {
    return [...this.#bytes.keys()];
  }

  /** Stops looking; afterwards `ids` has all. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#looking, this.#checks]);
  }

  /** After a build that was given up: none of its containers stays. */
  async removeAll(): Promise<void> {
    const deadline = performance.now() + GOING_MS;
    for (const id of this.#bytes.keys()) {
      while ((await this.#inspect(id, false)) !== null && performance.now() < deadline) await delay(GOING_LOOK_MS);
      await removeContainer(this.#deps.engine, id, this.#deps.logger);
    }
  }

  /** The builder knows no limit of processes; this sets one about when the program starts, mostly before. */
  async #admit(shortId: string): Promise<void> {
    const { engine, marker, processes } = this.#deps;
    const seen = await this.#inspect(shortId, false);
    if (seen === null || !(seen.Config?.Env ?? []).some((entry) => entry.includes(marker))) return;
    this.#bytes.set(seen.Id, 0);
    this.#current = seen.Id;
    const update = (): Promise<unknown> => engine.docker.getContainer(seen.Id).update({ PidsLimit: processes });
    await engine.call('limit the processes of a build', update).catch(() => undefined);
  }

  async #look(): Promise<void> {
    let pause = LOOK_EVERY_MS;
    const { signal } = this.#closed;
    for (;;) {
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const started = performance.now();
      await this.#measure();
      pause = Math.max(LOOK_EVERY_MS, (performance.now() - started) * REST_FACTOR);
    }
  }

  async #measure(): Promise<void> {
    const id = this.#current;
    const seen = id === null ? null : await this.#inspect(id, true);
    if (id === null || seen === null) return;
    this.#bytes.set(id, seen.SizeRw ?? 0);
    const total = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (total > this.#deps.diskBytes) this.#deps.onDiskFull();
  }

  /** `null` when it is gone, or can't be looked at now. */
  async #inspect(id: string, size: boolean): Promise<Seen | null> {
    const { engine } = this.#deps;
    const look = (abortSignal: AbortSignal): Promise<unknown> =>
      engine.docker.getContainer(id).inspect({ size, abortSignal } as object);
    try {
      return (await engine.read('look at a build', look)) as Seen;
    } catch {
      return null;
    }
  }
}

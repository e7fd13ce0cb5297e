import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@gantry/core';
import type { Engine } from '../engine.js';
import { removeContainer } from '../remove-container.js';
import { BUILD_LABEL } from './dockerfile-of-recipe.js';

const LOOK_EVERY_MS = 1000;
/** Looking at a size means walking all that was written: it gets at most a quarter of the time. */
const REST_FACTOR = 3;
/** The builder removes its container itself when its client has gone; this long it may take. */
const GOING_MS = 3000;
const GOING_LOOK_MS = 100;
/** However often the stream says that there is a new container, the engine is not asked more often than this. */
const ANNOUNCED_EVERY_MS = 50;

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
 * The containers that the engine's builder makes for one build. Which there are the engine says, and the marker which of them are this
 * build's: the builder's own words come in the same stream that programs write to, so they are no more than a reason to ask.
 */
export class BuildContainers {
  readonly #deps: BuildContainersDeps;
  /** Of this build, with what each has written, those that are gone too. */
  readonly #bytes = new Map<string, number>();
  /** Of others, as long as they are there. */
  #foreign = new Set<string>();
  readonly #closed = new AbortController();
  readonly #looking: Promise<void>;
  #present: string[] = [];
  #isAnnounced = false;
  #wake = (): void => undefined;

  constructor(deps: BuildContainersDeps) {
    this.#deps = deps;
    this.#looking = this.#look();
  }

  /** There may be a new one. */
  announced(): void {
    this.#isAnnounced = true;
    this.#wake();
  }

  get ids(): readonly string[] {
    return [...this.#bytes.keys()];
  }

  /** Stops looking; afterwards `ids` has all. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.announced();
    await this.#looking;
  }

  /** After a build that was given up: none of its containers stays. */
  async removeAll(): Promise<void> {
    await this.#find();
    const deadline = performance.now() + GOING_MS;
    for (const id of this.#bytes.keys()) {
      while ((await this.#inspect(id, false)) !== null && performance.now() < deadline) await delay(GOING_LOOK_MS);
      await removeContainer(this.#deps.engine, id, this.#deps.logger);
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#closed;
    let measureAt = performance.now() + LOOK_EVERY_MS;
    for (;;) {
      await this.#pause(measureAt - performance.now());
      this.#isAnnounced = false;
      // Also at the end: what was announced just before it counts.
      await this.#find();
      if (signal.aborted) return;
      const started = performance.now();
      if (started < measureAt) await delay(ANNOUNCED_EVERY_MS);
      else {
        await this.#measure();
        const ended = performance.now();
        measureAt = ended + Math.max(LOOK_EVERY_MS, (ended - started) * REST_FACTOR);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isAnnounced) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.max(0, ms));
    });
    clearTimeout(timer);
  }

  /** Looks once at each container that it does not know. */
  async #find(): Promise<void> {
    const listed = await this.#list();
    if (listed === null) return;
    this.#foreign = new Set(listed.filter((id) => this.#foreign.has(id)));
    for (const id of listed) {
      if (!this.#bytes.has(id) && !this.#foreign.has(id)) await this.#admit(id);
    }
    this.#present = listed.filter((id) => this.#bytes.has(id));
  }

  /** The builder knows no limit of processes; this sets one about when the program starts, mostly before. */
  async #admit(id: string): Promise<void> {
    const { engine, marker, processes } = this.#deps;
    const seen = await this.#inspect(id, false);
    if (seen === null) return;
    const isOwn = (seen.Config?.Env ?? []).some((entry) => entry.includes(marker));
    if (!isOwn) return void this.#foreign.add(id);
    this.#bytes.set(id, 0);
    const update = (): Promise<unknown> => engine.docker.getContainer(id).update({ PidsLimit: processes });
    await engine.call('limit the processes of a build', update).catch(() => undefined);
  }

  async #measure(): Promise<void> {
    for (const id of this.#present) {
      const seen = await this.#inspect(id, true);
      if (seen !== null) this.#bytes.set(id, seen.SizeRw ?? 0);
    }
    const total = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (total > this.#deps.diskBytes) this.#deps.onDiskFull();
  }

  /** Containers have the labels of the image that they are made from. `null` when the engine does not say now. */
  async #list(): Promise<string[] | null> {
    const { engine } = this.#deps;
    const filters = { label: [`${BUILD_LABEL}=1`] };
    const list = (abortSignal: AbortSignal): Promise<{ Id: string }[]> =>
      engine.docker.listContainers({ all: true, filters, abortSignal } as object);
    try {
      return (await engine.read('look at a build', list)).map(({ Id }) => Id);
    } catch {
      return null;
    }
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

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@gantry/core';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { type Engine, pingable } from '../engine.js';
import { statusOf } from '../engine-error.js';
import { removeContainer } from '../remove-container.js';
import { lockProfile } from './lock-profile.js';

const RETRY_MS = 250;
/** Between creating a lock and starting it lie moments. */
const DEAD_AFTER_MS = 60_000;

export interface LockOrder {
  name: string;
  /** Any image that has /bin/cat. */
  imageId: string;
  labels: Record<string, string>;
}

/**
 * A lock that lives in the engine, for workers that know nothing of each other: a container of that name, which reads from its owner and
 * ends, and is removed, when the owner lets go or dies. No lease is involved; a clock, the engine's own, only where an owner died before it
 * started its container.
 */
export class EngineLock implements AsyncDisposable {
  readonly #release: () => Promise<void>;

  private constructor(release: () => Promise<void>) {
    this.#release = release;
  }

  /**
   * Waits until the lock can be had. `onWait` is called before each further try; when it returns true, what the lock is for has been done and
   * `null` is returned. Throws the signal's reason and engine errors.
   */
  static async acquire(
    { engine, logger }: { engine: Engine; logger: Logger },
    order: LockOrder,
    onWait: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<EngineLock | null> {
    for (;;) {
      const id = await create(engine, order, signal);
      if (id !== null) return new EngineLock(await hold({ engine, logger }, id, signal));
      if (await onWait()) return null;
      await removeDead({ engine, logger }, order.name);
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }
}

/** Starts reading; returns what lets go. */
async function hold(
  { engine, logger }: { engine: Engine; logger: Logger },
  id: string,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const remove = async (): Promise<void> => void (await removeContainer(engine, id, logger));
  try {
    const stream = await engine.attach(id, signal);
    stream.on('error', () => undefined).resume();
    const start = (abortSignal: AbortSignal): Promise<unknown> => engine.docker.getContainer(id).start({ abortSignal });
    await engine.call('take the lock of a build', start, signal);
    return async () => {
      stream.destroy();
      await remove();
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The container's id, or `null` when another has the name. A request that is dropped may still succeed, so it is not dropped. */
async function create(
  engine: Engine,
  { name, imageId, labels }: LockOrder,
  signal: AbortSignal,
): Promise<string | null> {
  const options = { _query: { name }, _body: lockProfile(imageId, labels) } as unknown as ContainerCreateOptions;
  const creating = engine.docker.createContainer(options);
  try {
    const container = await engine.call('take the lock of a build', () => creating, signal);
    return container.id;
  } catch (error) {
    if (statusOf((error as Error).cause) === 409) return null;
    void creating.then((container) => container.remove({ force: true })).catch(() => undefined);
    throw error;
  }
}

/** A container that was never started ends with nobody. */
async function removeDead({ engine, logger }: { engine: Engine; logger: Logger }, name: string): Promise<void> {
  const doing = 'look at the lock of a build';
  const look = (abortSignal: AbortSignal): Promise<ContainerInspectInfo> =>
    engine.docker.getContainer(name).inspect({ abortSignal } as object);
  const holder = await engine.read(doing, look).catch(() => null);
  if (holder?.State.Status !== 'created') return;
  const info = await engine
    .read(doing, (abortSignal) => pingable(engine.docker).info({ abortSignal }))
    .catch(() => null);
  const age = Date.parse(String(info?.['SystemTime'])) - Date.parse(holder.Created);
  if (age > DEAD_AFTER_MS) await removeContainer(engine, holder.Id, logger);
}

import { createHash } from 'node:crypto';
import { AppError, type Recipe } from '@gantry/contracts';
import type Docker from 'dockerode';
import type { Engine } from '../engine.js';
import { statusOf } from '../engine-error.js';
import { contentOf } from './base-content.js';
import { INSTALL_SCRIPTS, PLAIN_SCRIPT } from './install-scripts.js';
import { followPull } from './engine-transfer.js';

/** Of the executor image: the hash of the sources it was made from. The same on every engine, unlike an image's id. */
const INPUTS_LABEL = 'gantry.inputs';
/** An engine's images change rarely; an operator who exchanges one waits this long. */
const REMEMBERED_MS = 5000;
const PULL_MS = 600_000;

export interface BaseFacts {
  executorImageId: string;
  baseImageId: string | null;
  /** Changes with the executor image, our templates and the operator's certificates. */
  executorKey: string;
  /** The same, and what the recipe's own base is now. */
  key: string;
  /** Layers and size of the image that the recipe's first layer lies on. */
  layers: string[];
  bytes: number;
}

export interface BaseImagesOptions {
  engine: Engine;
  executorImage: string;
  certificates: readonly string[];
}

/** What images on this engine are made from, as of now. */
export class BaseImages {
  readonly #options: BaseImagesOptions;
  readonly #templates: string;
  readonly #remembered = new Map<string, { at: number; info: Promise<Docker.ImageInspectInfo | null> }>();

  constructor(options: BaseImagesOptions) {
    this.#options = options;
    this.#templates = digest([JSON.stringify(INSTALL_SCRIPTS), PLAIN_SCRIPT, ...options.certificates]);
  }

  /** `null` when the recipe's own base is not on the engine. Throws `base_unavailable` when the executor image is not. */
  async facts(recipe: Recipe): Promise<BaseFacts | null> {
    const executor = await this.#look(this.#options.executorImage);
    if (executor === null)
      throw new AppError(
        'base_unavailable',
        `The engine has no image ${this.#options.executorImage}, which others are made from`,
      );
    const executorKey = digest([this.#templates, executor.Config?.Labels?.[INPUTS_LABEL] ?? executor.Id]).slice(0, 12);
    const shared = { executorImageId: executor.Id, executorKey };
    if (recipe.base === null) {
      return {
        ...shared,
        baseImageId: null,
        key: executorKey,
        layers: executor.RootFS?.Layers ?? [],
        bytes: executor.Size,
      };
    }
    const base = await this.#look(recipe.base);
    if (base === null) return null;
    const key = digest([executorKey, recipe.base, contentOf(recipe.base, base)]).slice(0, 12);
    return { ...shared, baseImageId: base.Id, key, layers: base.RootFS?.Layers ?? [], bytes: base.Size };
  }

  async executorKey(): Promise<string> {
    const recipe: Recipe = { schema: 1, base: null, runtimes: [], layers: [], env: {}, dockerfile: null };
    return (await this.facts(recipe))?.executorKey ?? '';
  }

  /** The same, once the base is there: pulled where it was not. Throws `base_unavailable`. */
  async provide(recipe: Recipe, say: (message: string) => void, signal: AbortSignal): Promise<BaseFacts> {
    const present = await this.facts(recipe);
    if (present !== null) return present;
    const base = recipe.base ?? '';
    say(`pulling the base image ${base}`);
    try {
      await followPull(this.#options.engine, { reference: base, ms: PULL_MS }, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new AppError('base_unavailable', `The base image ${base} is not on the engine and can't be pulled`, {
        cause: error,
      });
    }
    this.#remembered.delete(base);
    const facts = await this.facts(recipe);
    if (facts !== null) return facts;
    throw new AppError('base_unavailable', `The base image ${base} is not on the engine, though it was pulled`);
  }

  async #look(reference: string): Promise<Docker.ImageInspectInfo | null> {
    const known = this.#remembered.get(reference);
    if (known && performance.now() - known.at < REMEMBERED_MS) return known.info;
    const info = inspectImage(this.#options.engine, reference);
    this.#remembered.set(reference, { at: performance.now(), info });
    // What failed, or was not there, is asked again at once.
    const forget = (): void =>
      void (this.#remembered.get(reference)?.info === info && this.#remembered.delete(reference));
    info.then((found) => found === null && forget(), forget);
    return info;
  }
}

/** `null` when the engine has none. */
export async function inspectImage(engine: Engine, reference: string): Promise<Docker.ImageInspectInfo | null> {
  const inspect = (abortSignal: AbortSignal): Promise<Docker.ImageInspectInfo> =>
    engine.docker.getImage(reference).inspect({ abortSignal } as object);
  try {
    return await engine.read(`look up the image ${reference}`, inspect);
  } catch (error) {
    if (statusOf((error as Error).cause) === 404) return null;
    throw error;
  }
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex');
}

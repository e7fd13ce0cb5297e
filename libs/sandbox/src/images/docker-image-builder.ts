import { AppError, type BuiltImage, type PackageSpec, type Recipe } from '@gantry/contracts';
import type { BuildOutcome, BuildWatcher, ImageBuilder } from '@gantry/core';
import { Engine } from '../engine.js';
import { type BaseFacts, BaseImages, inspectImage } from './base-images.js';
import { certificatesOf } from './build-context.js';
import { overDisk } from './build-fault.js';
import { removeLeftovers } from './build-leftovers.js';
import { removeDeadBuildContainers } from './dead-build-containers.js';
import { buildOrder } from './build-order.js';
import { runBuild } from './build-run.js';
import { BuildTurns } from './build-turns.js';
import { CappedLog } from './capped-log.js';
import { EngineLock } from './engine-lock.js';
import type { ImageBuilderOptions } from './image-builder-options.js';
import { ImageRegistry } from './image-registry.js';
import { IMAGE_LABEL, imageOf, type NamedImage } from './image-names.js';
import { ImageShelf } from './image-shelf.js';
import { readInstalled } from './installed-packages.js';
import { OwnInit } from './own-init.js';
import { SharedWork } from './shared-work.js';

const LOOK_AGAIN_MS = 15_000;
const MAX_REMEMBERED = 1000;

/** Images on one Docker engine. Does not connect before the first call. */
export function createDockerImageBuilder(options: ImageBuilderOptions): ImageBuilder {
  return new DockerImageBuilder(options);
}

class DockerImageBuilder implements ImageBuilder {
  readonly #options: ImageBuilderOptions;
  readonly #engine: Engine;
  readonly #certificates: string[];
  readonly #bases: BaseImages;
  readonly #shelf: ImageShelf;
  readonly #registry: ImageRegistry | null;
  readonly #turns: BuildTurns;
  /** Of the containers that are made beside those of builds. */
  readonly #labels: Record<string, string>;
  readonly #builds = new Map<string, SharedWork<BuildOutcome>>();
  /** By the image's content id, which never comes to mean another image. */
  readonly #installed = new Map<string, PackageSpec[]>();
  #ready: readonly string[] = [];
  #readyAt = -Infinity;
  #closed = false;

  constructor(options: ImageBuilderOptions) {
    const { deployment, workerId, executorImage, registry, registryAuth: auth, logger, clock } = options;
    const engine = new Engine(options.socket);
    this.#options = options;
    this.#engine = engine;
    this.#certificates = certificatesOf(options.extraCaCerts);
    this.#bases = new BaseImages({ engine, executorImage, certificates: this.#certificates });
    this.#shelf = new ImageShelf({ engine, logger, clock, deployment });
    this.#turns = new BuildTurns(options.concurrency);
    this.#labels = { 'gantry.deployment': deployment, 'gantry.worker': workerId };
    const ownInit = new OwnInit({ engine, logger, labels: this.#labels });
    this.#registry = registry === undefined ? null : new ImageRegistry({ engine, logger, registry, auth, ownInit });
  }

  async find(recipeId: string, recipe: Recipe): Promise<BuiltImage | null> {
    const facts = await this.#bases.facts(recipe);
    if (facts === null) return null;
    const tag = imageOf(recipeId, facts).tag;
    const info = await inspectImage(this.#engine, tag);
    if (info === null) return null;
    this.#shelf.use(tag);
    const layersTotal = info.RootFS?.Layers?.length ?? 0;
    return {
      reference: tag,
      digest: info.Id,
      sizeBytes: info.Size,
      layersTotal,
      layersCached: layersTotal,
      source: 'present',
    };
  }

  async ensure(recipeId: string, recipe: Recipe, watcher: BuildWatcher, signal: AbortSignal): Promise<BuildOutcome> {
    signal.throwIfAborted();
    const present = await this.find(recipeId, recipe);
    if (present !== null) return this.#outcome(present);
    for (;;) {
      if (this.#closed) throw new AppError('shutting_down', 'The image builder is closed');
      const under = this.#builds.get(recipeId) ?? this.#begin(recipeId, recipe);
      if (!under.abandoned) return under.join(watcher, signal);
      await under.ended();
      signal.throwIfAborted();
    }
  }

  async remove(recipeId: string): Promise<void> {
    await this.#shelf.remove(recipeId);
    this.#ready = this.#ready.filter((id) => id !== recipeId);
  }

  ready(): readonly string[] {
    if (!this.#closed && performance.now() - this.#readyAt > LOOK_AGAIN_MS) {
      this.#readyAt = performance.now();
      void this.#lookWhatIsReady().catch(() => (this.#ready = []));
    }
    return this.#ready;
  }

  async expire(rules: { unusedMs: number; maxBytes: number }): Promise<string[]> {
    const gone = await this.#shelf.expire(rules, (recipeId) => this.#builds.has(recipeId));
    // What a build under way stands on looks like a leftover between two of its steps.
    if (this.#builds.size === 0) await this.#removeLeftovers();
    this.#ready = this.#ready.filter((id) => !gone.includes(id));
    return gone;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const under = [...this.#builds.values()];
    for (const build of under) build.abort(new AppError('shutting_down', 'The image builder is closed'));
    await Promise.all([...under.map((build) => build.ended()), this.#registry?.close()]);
  }

  #begin(recipeId: string, recipe: Recipe): SharedWork<BuildOutcome> {
    const work = new SharedWork<BuildOutcome>(async (watcher, signal) => {
      const log = new CappedLog((line) => watcher.line(line));
      const capped: BuildWatcher = { line: (text) => log.line(text), progress: (...told) => watcher.progress(...told) };
      try {
        return await this.#make(recipeId, recipe, capped, signal);
      } finally {
        log.end();
      }
    });
    this.#builds.set(recipeId, work);
    void work.ended().then(() => this.#builds.delete(recipeId));
    return work;
  }

  /** The image by whichever way is open: made by somebody else in the meantime, in the registry, or built here. */
  async #make(recipeId: string, recipe: Recipe, watcher: BuildWatcher, signal: AbortSignal): Promise<BuildOutcome> {
    const facts = await this.#bases.provide(recipe, (message) => watcher.progress(message), signal);
    const image = imageOf(recipeId, facts);
    let found: BuiltImage | null = null;
    const look = async (): Promise<boolean> => (found = await this.find(recipeId, recipe)) !== null;
    const waiting = async (): Promise<boolean> => {
      watcher.progress('another worker of this machine is building the image');
      return look();
    };
    const { logger } = this.#options;
    const name = `gantry-build-${image.repository}-${image.version}`;
    const order = { name, imageId: facts.executorImageId, labels: this.#labels };
    await using lock = await EngineLock.acquire({ engine: this.#engine, logger }, order, waiting, signal);
    if (found === null && lock !== null) await look();
    found ??=
      (await this.#pull(image, facts, watcher, signal)) ??
      (await this.#build({ recipe, facts, image }, watcher, signal));
    this.#ready = [...new Set([...this.#ready, recipeId])];
    return await this.#outcome(found);
  }

  async #pull(
    image: NamedImage,
    facts: BaseFacts,
    watcher: BuildWatcher,
    signal: AbortSignal,
  ): Promise<BuiltImage | null> {
    if (this.#registry === null) return null;
    watcher.progress('asking the registry for the image');
    // One of another deployment is not taken: nobody would ever remove it here.
    const labels = { ...image.labels, [IMAGE_LABEL.deployment]: this.#options.deployment };
    const { executorImageId } = facts;
    if (!(await this.#registry.pull({ ...image, labels, executorImageId }, signal))) return null;
    watcher.line('pulled from the registry');
    return this.#describe(image.tag, 'pulled', facts.layers);
  }

  async #build(
    { recipe, facts, image }: { recipe: Recipe; facts: BaseFacts; image: NamedImage },
    watcher: BuildWatcher,
    signal: AbortSignal,
  ): Promise<BuiltImage> {
    const deps = { engine: this.#engine, logger: this.#options.logger };
    const order = buildOrder({ recipe, facts, image }, this.#options, this.#certificates);
    using _turn = await this.#turns.take(() => watcher.progress('waiting for another build'), signal);
    watcher.progress('building the image');
    try {
      const { cachedId } = await runBuild(deps, order, { watcher, signal });
      const before = cachedId === null ? null : await inspectImage(this.#engine, cachedId);
      const built = await this.#describe(image.tag, 'built', before?.RootFS?.Layers ?? facts.layers);
      await this.#checkSize(built, facts);
      this.#registry?.push(image);
      return built;
    } catch (error) {
      if (this.#builds.size === 1) await this.#removeLeftovers();
      throw error;
    }
  }

  /** The size is known for sure only now: the last step may have written faster than anyone looked. */
  async #checkSize({ reference, sizeBytes }: BuiltImage, facts: BaseFacts): Promise<void> {
    const { limits } = this.#options;
    if (sizeBytes - facts.bytes <= limits.diskBytes) return;
    await this.#engine.call('remove an image', () => this.#engine.docker.getImage(reference).remove());
    throw overDisk(null, limits);
  }

  async #describe(tag: string, source: 'pulled' | 'built', layersBefore: readonly string[]): Promise<BuiltImage> {
    const info = await inspectImage(this.#engine, tag);
    if (info === null) throw new AppError('sandbox_failed', `The image ${tag} is gone right after it was made`);
    this.#shelf.use(tag);
    const layers = info.RootFS?.Layers ?? [];
    const differing = layers.findIndex((layer, index) => layer !== layersBefore[index]);
    const layersCached = differing < 0 ? layers.length : differing;
    return { reference: tag, digest: info.Id, sizeBytes: info.Size, layersTotal: layers.length, layersCached, source };
  }

  async #outcome(image: BuiltImage): Promise<BuildOutcome> {
    const deps = { engine: this.#engine, logger: this.#options.logger };
    const order = { imageId: image.digest, labels: this.#labels };
    const known = this.#installed.get(image.digest) ?? (await readInstalled(deps, order));
    if (this.#installed.size >= MAX_REMEMBERED) this.#installed.clear();
    if (known !== null) this.#installed.set(image.digest, known);
    return { image, installed: known ?? [] };
  }

  async #removeLeftovers(): Promise<void> {
    const { logger, limits, deployment } = this.#options;
    // Images of which a container was made can't be removed before it.
    await removeDeadBuildContainers({ engine: this.#engine, logger, deployment }, limits.timeMs);
    await removeLeftovers({ engine: this.#engine, logger }, limits.timeMs);
  }

  async #lookWhatIsReady(): Promise<void> {
    this.#ready = await this.#shelf.ready(await this.#bases.executorKey());
  }
}

import { AppError } from '@gantry/contracts';
import type { BuildWatcher, Logger } from '@gantry/core';
import type Docker from 'dockerode';
import type { Engine } from '../engine.js';
import { toAppError } from '../engine-error.js';
import { BuildContainers } from './build-containers.js';
import { contextStream, type ContextParts } from './build-context.js';
import { newBuildMarker } from './build-marker.js';
import { failedBuild, overDisk, overTime } from './build-fault.js';
import { buildArguments, secretsOf, withoutSecrets } from './build-settings.js';
import { type BuildEnd, BuildStream } from './build-stream.js';
import { type BuildStep, dockerfileText } from './dockerfile-of-recipe.js';
import type { BuildLimits, ImageBuilderOptions } from './image-builder-options.js';
import { wasOutOfMemory } from './out-of-memory.js';

const CPU_PERIOD_US = 100_000;
/** What package managers say after they have said what is wrong. */
const EPILOGUE = /^(npm (error|ERR!)\s*$|npm (error|ERR!) (Log files were not|A complete log)|\[notice\])/;

export interface BuildOrder {
  steps: readonly BuildStep[];
  tag: string;
  context: Omit<ContextParts, 'dockerfile'>;
  options: Pick<ImageBuilderOptions, 'deployment' | 'limits' | 'network' | 'cgroupParent' | 'sources' | 'proxy'>;
}

export interface BuildDeps {
  engine: Engine;
  logger: Logger;
}

export interface BuildProduct {
  imageId: string;
  /** The last image that was there before the first step that had to be made; `null` when all had to. */
  cachedId: string | null;
}

/**
 * Has the engine's own builder make one image. Aborting closes the request, which stops the builder; whatever container it had is gone
 * when this throws. Throws `build_failed`, `build_limit`, `engine_unavailable` or the signal's reason.
 */
export async function runBuild(
  deps: BuildDeps,
  order: BuildOrder,
  { watcher, signal }: { watcher: BuildWatcher; signal: AbortSignal },
): Promise<BuildProduct> {
  signal.throwIfAborted();
  return await new BuildRun(deps, order, watcher).run(signal);
}

class BuildRun {
  readonly #deps: BuildDeps;
  readonly #order: BuildOrder;
  readonly #watcher: BuildWatcher;
  readonly #marker: string;
  readonly #stop = new AbortController();
  readonly #containers: BuildContainers;
  readonly #secrets: readonly string[];
  readonly #startedSeconds = Math.floor(Date.now() / 1000);
  #step: BuildStep | null = null;
  #shown = 0;
  #lastLine: string | null = null;
  #making = false;
  #cachedId: string | null = null;

  constructor(deps: BuildDeps, order: BuildOrder, watcher: BuildWatcher) {
    this.#deps = deps;
    this.#order = order;
    this.#watcher = watcher;
    this.#marker = newBuildMarker(order.options.deployment);
    const { sources = {}, proxy = {} } = order.options;
    this.#secrets = secretsOf({ sources, proxy });
    this.#containers = new BuildContainers({
      ...deps,
      marker: this.#marker,
      processes: this.#limits.processes,
      diskBytes: this.#limits.diskBytes,
      onDiskFull: () => this.#stop.abort(overDisk(this.#step, this.#limits)),
    });
  }

  get #limits(): BuildLimits {
    return this.#order.options.limits;
  }

  async run(signal: AbortSignal): Promise<BuildProduct> {
    const onAbort = (): void => this.#stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => this.#stop.abort(overTime(this.#step, this.#limits)), this.#limits.timeMs);
    try {
      const end = await this.#build();
      if (end.imageId !== null && end.error === null) return { imageId: end.imageId, cachedId: this.#cachedId };
      throw await this.#failure(end);
    } catch (error) {
      await this.#containers.close();
      await this.#containers.removeAll();
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
      throw toAppError(error, 'build an image');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      await this.#containers.close();
    }
  }

  async #build(): Promise<BuildEnd> {
    const context = contextStream({ ...this.#order.context, dockerfile: dockerfileText(this.#order.steps) });
    // A blob that is gone leaves the request waiting for the rest of it.
    context.once('error', (error: Error) => this.#stop.abort(error));
    const stream = new BuildStream(this.#handler());
    try {
      const answer = await this.#deps.engine.docker.buildImage(context, this.#buildOptions());
      for await (const chunk of answer) stream.push(chunk as Buffer);
      return stream.end();
    } finally {
      context.destroy();
    }
  }

  #buildOptions(): Docker.ImageBuildOptions {
    const { tag, options } = this.#order;
    const { memoryBytes, cpuCores, diskBytes } = options.limits;
    const { sources = {}, proxy = {} } = options;
    const fsize = [{ Name: 'fsize', Soft: diskBytes, Hard: diskBytes }];
    return {
      t: tag,
      rm: true,
      forcerm: true,
      memory: memoryBytes,
      memswap: memoryBytes,
      cpuperiod: CPU_PERIOD_US,
      cpuquota: Math.round(cpuCores * CPU_PERIOD_US),
      ulimits: JSON.stringify(fsize),
      buildargs: buildArguments({ sources, proxy }, this.#marker),
      ...(options.network === undefined ? {} : { networkmode: options.network }),
      ...(options.cgroupParent === undefined ? {} : { cgroupparent: options.cgroupParent }),
      abortSignal: this.#stop.signal,
    } as Docker.ImageBuildOptions;
  }

  #handler(): ConstructorParameters<typeof BuildStream>[0] {
    const { steps } = this.#order;
    const titled = steps.filter(({ title }) => title !== null).length;
    return {
      step: (number) => {
        this.#step = steps[number - 1] ?? null;
        this.#lastLine = null;
        const title = this.#step?.title ?? null;
        if (title === null) return;
        this.#shown = Math.min(this.#shown + 1, titled);
        this.#watcher.line(`[${this.#shown}/${titled}] ${title}`);
        this.#watcher.progress(
          `${title.slice(0, 200)} (${this.#shown}/${titled})`,
          Math.round((100 * (this.#shown - 1)) / titled),
        );
      },
      cached: () => {
        if (this.#step?.title) this.#watcher.line('there already');
      },
      container: () => {
        this.#making = true;
        this.#containers.announced();
      },
      image: (shortId) => {
        if (!this.#making) this.#cachedId = shortId;
      },
      output: (text) => {
        const line = withoutSecrets(text, this.#secrets);
        if (!EPILOGUE.test(line)) this.#lastLine = line;
        this.#watcher.line(line);
      },
    };
  }

  async #failure({ error, exitCode }: BuildEnd): Promise<AppError> {
    if (error === null)
      return new AppError(
        'engine_unavailable',
        'The Docker engine ended a build without saying how; it may be restarting',
      );
    await this.#containers.close();
    const period = { sinceSeconds: this.#startedSeconds, ids: this.#containers.ids };
    const outOfMemory = exitCode !== null && (await wasOutOfMemory(this.#deps.engine, period));
    const failure = failedBuild(
      { step: this.#step, error, exitCode, lastLine: this.#lastLine, outOfMemory },
      this.#limits,
    );
    this.#watcher.line(failure.message);
    return failure;
  }
}

import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import type { PackageSpec, Recipe } from '@gantry/contracts';
import { type BuildOutcome, type BuildWatcher, type ImageBuilder, type Logger, recipeId } from '@gantry/core';
import { createDockerImageBuilder, type ImageBuilderOptions } from '@gantry/sandbox';
import Docker from 'dockerode';
import { eventually } from './eventually.js';
import { dockerHost, executorImage } from './requirements.js';

const MIB = 1024 * 1024;
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };
function ignore(): void {}

export const BUILD_LIMITS = {
  memoryBytes: 512 * MIB,
  cpuCores: 2,
  timeMs: 180_000,
  diskBytes: 512 * MIB,
  processes: 256,
};

export function recipeOf(parts: Partial<Recipe>): Recipe {
  return { schema: 1, base: null, runtimes: [], layers: [], env: {}, dockerfile: null, ...parts };
}

export const spec = (manager: PackageSpec['manager'], name: string, version: string | null = null): PackageSpec => ({
  manager,
  name,
  version,
});

/** Keeps what a watcher is told. */
export class CollectingWatcher implements BuildWatcher {
  readonly lines: string[] = [];
  readonly messages: string[] = [];

  line(text: string): void {
    this.lines.push(text);
  }

  progress(message: string): void {
    this.messages.push(message);
  }
}

/** Builders on the real engine with a deployment of their own. Afterwards they are closed, and their images and containers gone. */
export class RealImages {
  readonly deployment = `test-${randomBytes(6).toString('hex')}`;
  readonly docker: Docker;
  readonly socket: string;
  readonly #builders: ImageBuilder[] = [];

  /** `closing: false` = the test closes it, for its engine goes before the end of the file. */
  constructor(socket = dockerHost(), closing = true) {
    this.socket = socket;
    this.docker = new Docker({ socketPath: socket.replace('unix://', ''), host: undefined });
    if (closing) afterAll(() => this.close(), 60_000);
  }

  /** One more worker. */
  builder(options: Partial<ImageBuilderOptions> = {}): ImageBuilder {
    const builder = createDockerImageBuilder({
      socket: this.socket,
      deployment: this.deployment,
      workerId: `worker-${this.#builders.length + 1}`,
      executorImage: executorImage(),
      limits: BUILD_LIMITS,
      concurrency: 4,
      // Wherever the tests run behind a proxy that inspects TLS, the executor image trusts it already.
      readBlob: () => {
        throw new Error('no blob');
      },
      logger: silent,
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      ...options,
    });
    this.#builders.push(builder);
    return builder;
  }

  async build(
    recipe: Recipe,
    options: { builder?: ImageBuilder; watcher?: BuildWatcher; signal?: AbortSignal } = {},
  ): Promise<BuildOutcome> {
    const {
      builder = this.builder(),
      watcher = new CollectingWatcher(),
      signal = new AbortController().signal,
    } = options;
    return builder.ensure(recipeId(recipe), recipe, watcher, signal);
  }

  /** The host's address in the network that builds have. */
  async hostAddress(): Promise<string> {
    const network = (await this.docker.getNetwork('bridge').inspect()) as {
      IPAM: { Config: { Gateway?: string; Subnet: string }[] };
    };
    const [config] = network.IPAM.Config;
    return config?.Gateway ?? config?.Subnet.replace(/\.0\/\d+$/, '.1') ?? '';
  }

  async containers(): Promise<Docker.ContainerInfo[]> {
    const label = [`gantry.deployment=${this.deployment}`];
    return this.docker.listContainers({ all: true, filters: { label } });
  }

  async close(): Promise<void> {
    await Promise.all(this.#builders.map((builder) => builder.close()));
    const label = [`gantry.image-deployment=${this.deployment}`];
    const images = await this.docker.listImages({ filters: { label } });
    for (const { RepoTags } of images) {
      for (const tag of RepoTags ?? []) await eventually(() => this.docker.getImage(tag).remove({ force: true }), 5000);
    }
    await eventually(async () => {
      const left = await this.containers();
      if (left.length > 0)
        throw new Error(`left: ${left.map(({ Names, State }) => `${Names.join()} ${State}`).join(', ')}`);
    }, 5000);
  }
}

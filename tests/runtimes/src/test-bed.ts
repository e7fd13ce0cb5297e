import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Runtime } from '@gantry/contracts';
import { runtimeRecipe, type ImageBuilder, type Logger, type SandboxProvider } from '@gantry/core';
import { createDockerImageBuilder, createDockerSandboxProvider } from '@gantry/sandbox';
import Docker from 'dockerode';

const GIB = 1024 ** 3;
const logger: Logger = { debug: ignore, info: ignore, warn: complain, error: complain, child: () => logger };
function ignore(): void {}
function complain(fields: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
}

/** The image that a runtime's programs run in. */
export interface RuntimeImage {
  reference: string;
  /** Beyond the executor image. */
  addedBytes: number;
  /** `null` = nothing had to be built. */
  buildMs: number | null;
}

/** The real engine, with a deployment of its own: what it makes goes when it is closed. */
export class TestBed implements AsyncDisposable {
  readonly sandboxes: SandboxProvider;
  readonly #builder: ImageBuilder;
  readonly #executorImage: string;
  readonly #docker: Docker;
  #executorBytes: number | null = null;

  constructor(env: NodeJS.ProcessEnv) {
    const socket = need(env, 'DOCKER_HOST');
    const certificates = env['EXTRA_CA_CERTS'] || env['NODE_EXTRA_CA_CERTS'];
    const clock = { now: () => Date.now(), monotonic: () => performance.now() };
    const deployment = `runtimes-${randomBytes(4).toString('hex')}`;
    const shared = { socket, deployment, workerId: 'worker-1', logger, clock };
    this.#executorImage = need(env, 'EXECUTOR_IMAGE');
    this.#docker = clientOf(socket);
    this.sandboxes = createDockerSandboxProvider({ ...shared, pool: { maxReady: 0, forgetAfterMs: 60_000 } });
    this.#builder = createDockerImageBuilder({
      ...shared,
      executorImage: this.#executorImage,
      concurrency: 1,
      limits: { memoryBytes: 2 * GIB, cpuCores: 2, timeMs: 900_000, diskBytes: 6 * GIB, processes: 1024 },
      sources: { npmRegistry: env['NPM_REGISTRY'] || undefined, aptMirror: env['APT_MIRROR'] || undefined },
      extraCaCerts: certificates ? readFileSync(certificates, 'utf8') : undefined,
      readBlob: () => {
        throw new Error('No runtime needs uploaded files');
      },
    });
  }

  /** Builds it from what the runtime installs, nothing else. */
  async image(runtime: Runtime, onProgress: (message: string) => void, signal: AbortSignal): Promise<RuntimeImage> {
    const wanted = runtimeRecipe(runtime);
    if (!wanted) return { reference: this.#executorImage, addedBytes: 0, buildMs: null };
    const startedAt = performance.now();
    const watcher = { line: () => undefined, progress: onProgress };
    const { image } = await this.#builder.ensure(wanted.id, wanted.recipe, watcher, signal);
    const buildMs = image.source === 'present' ? null : performance.now() - startedAt;
    return { reference: image.reference, addedBytes: image.sizeBytes - (await this.#ofExecutor()), buildMs };
  }

  async remove(runtime: Runtime): Promise<void> {
    const wanted = runtimeRecipe(runtime);
    if (wanted) await this.#builder.remove(wanted.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandboxes.close();
    await this.#builder.close();
  }

  async #ofExecutor(): Promise<number> {
    this.#executorBytes ??= (await this.#docker.getImage(this.#executorImage).inspect()).Size;
    return this.#executorBytes;
  }
}

/** As DOCKER_HOST names it. */
function clientOf(address: string): Docker {
  const url = new URL(address);
  return url.protocol === 'unix:'
    ? new Docker({ socketPath: url.pathname, host: undefined })
    : new Docker({ protocol: 'http', host: url.hostname, port: Number(url.port || 2375) });
}

function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set; run this by "npm run test:runtimes"`);
  return value;
}

import { setMaxListeners } from 'node:events';
import { AppError, messageOf } from '@gantry/contracts';
import type { Clock, Logger, PoolSize, Sandbox, SandboxProvider, SandboxSpec } from '@gantry/core';
import { probeEngine } from './boot-probe.js';
import { LABEL, type ProfileSettings } from './container-profile.js';
import { type ContainerForm, type CreateContainerDeps, createReadyContainer } from './create-container.js';
import { withDeadline } from './deadline.js';
import { DockerSandbox } from './docker-sandbox.js';
import type { EngineCallObserver } from './engine-calls.js';
import { Engine, pingable } from './engine.js';
import { EngineRoom } from './engine-room.js';
import { LinkedSignal } from './linked-signal.js';
import { OwnContainers } from './own-containers.js';
import type { ProbeCheck } from './probe-report.js';
import type { ReadyContainer } from './ready-container.js';
import { removeContainer } from './remove-container.js';
import { containerLimits, type SandboxClass, type SandboxRequest } from './sandbox-class.js';
import { SandboxPool, type PoolDeps, type PoolSettings } from './sandbox-pool.js';
import { TENANT_DEFAULTS, type TenantPoolSettings } from './tenant/tenant-settings.js';
import { TenantSandboxes } from './tenant/tenant-sandboxes.js';

export interface DockerSandboxProviderOptions {
  /** Where the engine listens, as in DOCKER_HOST: `unix:///path` or `tcp://host:port`. */
  socket: string;
  /** Only containers with this label value are ever looked at. */
  deployment: string;
  workerId: string;
  /** OCI runtime, by the name the engine knows it by. */
  runtime?: string | undefined;
  /** Network of executions that may use one. */
  network?: string | undefined;
  cgroupParent?: string | undefined;
  /** Sandboxes that are kept ready; `maxReady: 0` = none. */
  pool: PoolSettings;
  /** `tenant`: a tenant's executions share containers one after another, once `probe` has found that the engine can do that. */
  isolation?: 'container' | 'tenant' | undefined;
  tenants?: Partial<TenantPoolSettings> | undefined;
  /** Told of every call to the engine, for metrics. */
  onEngineCall?: EngineCallObserver | undefined;
  logger: Logger;
  clock: Clock;
}

const ENGINE_ANSWER_MS = 1900;
const CLOSE_MS = 10_000;

/** What only an engine with images can be asked. */
export interface ImageQuestions {
  probe(image: string): Promise<ProbeCheck[]>;
  /** The content id behind an image's name; `null` when it is not there or the engine does not answer. */
  digest(image: string): Promise<string | null>;
}

/** Sandboxes on one Docker engine; `probe` says whether the engine really confines them. Does not connect before the first call. */
export function createDockerSandboxProvider(options: DockerSandboxProviderOptions): SandboxProvider & ImageQuestions {
  return new DockerSandboxProvider(options);
}

class DockerSandboxProvider implements SandboxProvider {
  readonly #options: DockerSandboxProviderOptions;
  readonly #engine: Engine;
  readonly #own = new OwnContainers();
  readonly #closing = new AbortController();
  readonly #pool: SandboxPool;
  readonly #tenants: TenantSandboxes | null;
  readonly #room: EngineRoom;
  #settings: ProfileSettings | null = null;

  constructor(options: DockerSandboxProviderOptions) {
    const { pool: settings, clock, logger } = options;
    this.#options = options;
    this.#engine = new Engine(options.socket, options.onEngineCall);
    this.#room = new EngineRoom({ tryOnce: (request) => this.#tryOnce(request), clock, logger });
    const create: PoolDeps['create'] = (made, signal) => this.#create({ ...made, assignment: null }, signal);
    this.#pool = new SandboxPool({ create, settings, clock, logger });
    this.#tenants = options.isolation === 'tenant' ? this.#tenantSandboxes() : null;
    // Every acquisition under way listens; there is no ceiling on those.
    setMaxListeners(0, this.#closing.signal);
  }

  async acquire(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    const { executionId, attempt } = spec;
    signal.throwIfAborted();
    const shared = await this.#tenants?.acquire(spec, signal);
    if (shared) return shared;
    const wanted = classOf(spec);
    const ready = this.#pool.take(wanted);
    if (ready) return new DockerSandbox(ready, spec.limits, 'warm');
    const made = await this.#create({ ...wanted, preload: null, assignment: { executionId, attempt } }, signal);
    return new DockerSandbox(made, spec.limits, 'cold');
  }

  prepare(spec: Pick<SandboxSpec, 'image' | 'limits' | 'preload'>): void {
    this.#pool.prepare(classOf(spec));
  }

  ready(): PoolSize[] {
    return [...this.#pool.sizes(), ...(this.#tenants?.sizes() ?? [])];
  }

  async sweep(isAlive: (workerId: string) => boolean): Promise<number> {
    const filters = { label: [`${LABEL.deployment}=${this.#options.deployment}`] };
    const list = (abortSignal: AbortSignal) => this.#engine.docker.listContainers({ all: true, filters, abortSignal });
    const containers = await this.#engine.read('list containers', list);
    const orphans = containers.filter(({ Names, Labels }) => {
      const mine = Names.some((name) => this.#own.has(name.replace(/^\//, '')));
      return !mine && !isAlive(Labels[LABEL.worker] ?? '');
    });
    const removed = await Promise.all(orphans.map(({ Id }) => removeContainer(this.#engine, Id, this.#options.logger)));
    return removed.filter(Boolean).length;
  }

  async engine(): Promise<{ available: boolean; version: string | null; images: number; message: string | null }> {
    try {
      const info = await withDeadline(ENGINE_ANSWER_MS, (abortSignal) =>
        pingable(this.#engine.docker).info({ abortSignal }),
      );
      const version = typeof info['ServerVersion'] === 'string' ? info['ServerVersion'] : null;
      const images = typeof info['Images'] === 'number' ? info['Images'] : 0;
      const trouble = this.#room.trouble;
      return { available: trouble === null, version, images, message: trouble };
    } catch (error) {
      return { available: false, version: null, images: 0, message: messageOf(error) };
    }
  }

  async digest(image: string): Promise<string | null> {
    try {
      return (await withDeadline(ENGINE_ANSWER_MS, (signal) => this.#engine.image(image, signal))).id;
    } catch {
      return null;
    }
  }

  async probe(image: string): Promise<ProbeCheck[]> {
    const checks = await probeEngine((request, signal) => this.#create(request, signal), image);
    const works = checks.every(({ ok }) => ok);
    return this.#tenants && works ? [...checks, await this.#tenants.probe(image)] : checks;
  }

  async close(): Promise<void> {
    this.#closing.abort(new AppError('shutting_down', 'The sandbox provider is closed'));
    await Promise.all([this.#pool.close(), this.#tenants?.close()]);
    await this.#own.removeAll(CLOSE_MS);
  }

  #tenantSandboxes(): TenantSandboxes {
    const { clock, logger, tenants } = this.#options;
    const create: ConstructorParameters<typeof TenantSandboxes>[0]['create'] = (request, signal, form) =>
      this.#create(request, signal, form);
    return new TenantSandboxes({ create, settings: { ...TENANT_DEFAULTS, ...tenants }, clock, logger });
  }

  async #create(request: SandboxRequest, signal: AbortSignal, form?: ContainerForm): Promise<ReadyContainer> {
    using either = new LinkedSignal(signal, this.#closing.signal);
    either.signal.throwIfAborted();
    const { deployment, workerId, logger, clock } = this.#options;
    const deps: CreateContainerDeps = {
      engine: this.#engine,
      settings: await this.#profileSettings(either.signal),
      onCreating: (name) => this.#own.add(name),
      onRemoved: (name) => this.#own.removed(name),
      ...{ deployment, workerId, logger, clock },
    };
    const container = await createReadyContainer(deps, request, either.signal, form).catch((error: unknown) => {
      this.#room.failed(error, request);
      throw error;
    });
    this.#room.made();
    this.#own.addReady(container);
    if (!either.signal.aborted) return container;
    await container.remove();
    throw either.signal.reason;
  }

  async #tryOnce(request: SandboxRequest): Promise<void> {
    const container = await this.#create(request, this.#closing.signal);
    await container.remove();
  }

  /** Asked once: an engine does not change its cgroup version while it runs. */
  async #profileSettings(signal: AbortSignal): Promise<ProfileSettings> {
    if (this.#settings) return this.#settings;
    const ask = (abortSignal: AbortSignal) => pingable(this.#engine.docker).info({ abortSignal });
    const info = await this.#engine.read('ask the engine what it is', ask, signal);
    const { runtime, network, cgroupParent } = this.#options;
    this.#settings = { runtime, network, cgroupParent, cgroupVersion: info['CgroupVersion'] === '2' ? 2 : 1 };
    return this.#settings;
  }
}

function classOf({ image, limits, preload }: Pick<SandboxSpec, 'image' | 'limits' | 'preload'>): SandboxClass {
  return { image, limits: containerLimits(limits), preload };
}

import { AppError, messageOf } from '@gantry/contracts';
import type { Clock, Logger, PoolSize, Sandbox, SandboxSpec } from '@gantry/core';
import type { ContainerForm } from '../create-container.js';
import type { ProbeCheck } from '../probe-report.js';
import type { ReadyContainer } from '../ready-container.js';
import { containerLimits, type SandboxRequest } from '../sandbox-class.js';
import { TenantContainer } from './tenant-container.js';
import { type TenantClass, TenantPool } from './tenant-pool.js';
import { probeTenants } from './tenant-probe.js';
import { tenantLimits, tenantProfile } from './tenant-profile.js';
import type { TenantPoolSettings } from './tenant-settings.js';

export interface TenantSandboxesDeps {
  create: (request: SandboxRequest, signal: AbortSignal, form: ContainerForm) => Promise<ReadyContainer>;
  settings: TenantPoolSettings;
  clock: Clock;
  logger: Logger;
}

/** An image that worlds can't be made of is not tried again for so long. */
const AVOID_MS = 300_000;
/** Interpreters that jobs can be forked from; others start anew in every world. */
const ZYGOTES: readonly string[] = ['python'];

/** Sandboxes in containers that belong to one tenant each. Off until this engine has shown that it can have them. */
export class TenantSandboxes {
  readonly #deps: TenantSandboxesDeps;
  readonly #pool: TenantPool;
  readonly #avoided = new Map<string, number>();
  /** Whose interpreters are there but can't be forked from: that shows when a first container has started. */
  readonly #zygoteless = new Set<string>();
  #works = false;

  constructor(deps: TenantSandboxesDeps) {
    const { settings, clock, logger } = deps;
    this.#deps = deps;
    this.#pool = new TenantPool({ create: (wanted, signal) => this.#create(wanted, signal), settings, clock, logger });
  }

  /** One check, always passed: an engine that can't have them is served by one container for each execution. */
  async probe(image: string): Promise<ProbeCheck> {
    const failed = (await probeTenants((wanted, signal) => this.#create(wanted, signal), image)).filter(
      ({ ok }) => !ok,
    );
    this.#works = failed.length === 0;
    if (this.#works) return { name: 'tenant_isolation', ok: true, message: 'tenants have containers of their own' };
    this.#deps.logger.warn({ failed }, 'this engine cannot have containers of tenants; every execution gets its own');
    const why = failed.map(({ name, message }) => `${name} (${message})`).join('; ');
    return { name: 'tenant_isolation', ok: true, message: `every execution gets a container of its own: ${why}` };
  }

  /** `null` when this execution is to have a container of its own. Throws as a provider does. */
  async acquire(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox | null> {
    const { tenant, image, limits, preload } = spec;
    if (!this.#works || !this.#serves(spec)) return null;
    try {
      return await this.#pool.acquire({ tenant, image, limits: containerLimits(limits), preload }, limits, signal);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'sandbox_failed') throw error;
      this.#avoided.set(image, this.#deps.clock.monotonic() + AVOID_MS);
      this.#deps.logger.warn({ image, reason: messageOf(error) }, 'an image does not do for containers of tenants');
      return null;
    }
  }

  sizes(): PoolSize[] {
    return this.#pool.sizes();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Worlds have no network but their own loopback, and the fork of a zygote takes two processes for a moment. */
  #serves({ isolation, image, limits }: SandboxSpec): boolean {
    const avoidedUntil = this.#avoided.get(image) ?? 0;
    if (avoidedUntil <= this.#deps.clock.monotonic()) this.#avoided.delete(image);
    return isolation === 'default' && !limits.networkEnabled && limits.maxProcesses > 1 && !this.#avoided.has(image);
  }

  async #create(wanted: TenantClass, signal: AbortSignal): Promise<TenantContainer> {
    const { image, limits, preload } = wanted;
    const { maxUses, maxAgeMs } = this.#deps.settings;
    const zygote = preload !== null && ZYGOTES.includes(preload) && !this.#zygoteless.has(image) ? preload : null;
    const form: ContainerForm = {
      profile: (settings, input) => tenantProfile(settings, { ...input, jobs: maxUses, zygote, ahead: preload }),
      limits: (container, asked) => tenantLimits(container, asked, zygote),
      owner: (uid) => uid + 1,
      knows: true,
    };
    const container = await this.#deps.create({ image, limits, preload, assignment: null }, signal, form);
    // The limit of processes counts it in.
    if (zygote !== null && !container.parts.ready.preloaded.includes(zygote)) {
      this.#zygoteless.add(image);
      await container.remove();
      return this.#create(wanted, signal);
    }
    const expiresAt = this.#deps.clock.monotonic() + maxAgeMs;
    return new TenantContainer(container, { preload, maxUses, expiresAt }, this.#deps.logger);
  }
}

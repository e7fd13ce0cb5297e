import { AppError } from '@gantry/contracts';
import type { ContainerInspectInfo } from 'dockerode';
import type { ContainerLimits } from './sandbox-class.js';
import { tmpfsBytes } from './writable-places.js';

/** The parts of an inspected container that say which limits the engine keeps. */
export type InspectedContainer = Pick<ContainerInspectInfo, 'HostConfig' | 'Mounts' | 'Config'>;

/**
 * What the engine says it applies, in our words. It drops what its kernel cannot do and only warns, so nothing is taken for granted:
 * throws `limit_unenforceable` naming the first limit that is not the one asked for.
 */
export function appliedLimits(container: InspectedContainer, asked: ContainerLimits): ContainerLimits {
  const host = container.HostConfig;
  const applied: ContainerLimits = {
    memoryBytes: host.Memory ?? 0,
    cpuCores: (host.NanoCpus ?? 0) / 1e9,
    networkEnabled: host.NetworkMode !== 'none',
    maxProcesses: (host.PidsLimit ?? 0) - 1,
    maxOpenFiles: Math.min(asked.maxOpenFiles, hardLimit(container, 'nofile')),
    diskBytes: asked.diskBytes,
  };
  for (const name of Object.keys(applied) as (keyof ContainerLimits)[]) {
    if (!same(applied[name], asked[name]))
      throw unenforceable(`${name} is ${String(applied[name])} instead of ${String(asked[name])}`);
  }
  refuseSwap(container);
  refuseOtherDisks(container, asked);
  return applied;
}

/** The engine keeps billionths of a processor, so 0.1 + 0.2 of one comes back as 0.3. */
function same(applied: number | boolean, asked: number | boolean): boolean {
  return typeof applied === 'number' && typeof asked === 'number'
    ? Math.abs(applied - asked) < 1e-9 * 2
    : applied === asked;
}

function hardLimit(container: InspectedContainer, name: string): number {
  return container.HostConfig.Ulimits?.find((ulimit) => ulimit.Name === name)?.Hard ?? 0;
}

/** Swap beyond the memory limit is fine only where swappiness 0 keeps the group from using it (cgroup v1 without swap accounting). */
function refuseSwap(container: InspectedContainer): void {
  const { Memory, MemorySwap, MemorySwappiness } = container.HostConfig;
  if (MemorySwap !== Memory && MemorySwappiness !== 0) {
    throw unenforceable('memoryBytes does not bound swap; boot the machine with swapaccount=1 or turn swap off');
  }
}

/** Whatever is mounted writable must be one of our tmpfs places, and these must not exceed the limit together. */
function refuseOtherDisks(container: InspectedContainer, asked: ContainerLimits): void {
  const foreign = container.Mounts.find((mount) => mount.Type !== 'tmpfs');
  if (foreign) throw unenforceable(`diskBytes does not cover the ${foreign.Type} at ${foreign.Destination}`);
  if (container.HostConfig.ReadonlyRootfs !== true)
    throw unenforceable('diskBytes does not cover the root, which is writable');
  const sizes = Object.values(container.HostConfig.Tmpfs ?? {}).map(tmpfsBytes);
  const total = sizes.reduce<number>((sum, bytes) => sum + (bytes ?? Infinity), 0);
  if (total > asked.diskBytes) throw unenforceable(`diskBytes is ${total} instead of ${asked.diskBytes}`);
}

function unenforceable(what: string): AppError {
  return new AppError('limit_unenforceable', `The engine does not apply a limit as asked for: ${what}`);
}

import { LABEL, type ProfileSettings } from '@gantry/sandbox/profile';
import type { EngineProxyConfig } from '../config.js';

const MIB = 1024 * 1024;

/** What is let through, from the configuration. */
export interface Policy {
  deployment: string;
  /** Label that every container of ours has, as the engine's filters want it. */
  ownLabel: string;
  settings: Omit<ProfileSettings, 'cgroupVersion'>;
  tenants: boolean;
  ceilings: { memoryBytes: number; cpuCores: number; maxProcesses: number; diskBytes: number; maxOpenFiles: number };
  builds: {
    memoryBytes: number;
    cpuCores: number;
    diskBytes: number;
    processes: number;
    network: string | undefined;
    contextBytes: number;
  };
  images: { executor: string; bases: readonly string[]; registry: string | undefined };
}

export function policyOf(config: EngineProxyConfig): Policy {
  const { DEPLOYMENT: deployment } = config;
  return {
    deployment,
    ownLabel: `${LABEL.deployment}=${deployment}`,
    settings: {
      runtime: config.SANDBOX_RUNTIME,
      network: config.SANDBOX_NETWORK,
      cgroupParent: config.SANDBOX_CGROUP_PARENT,
    },
    tenants: config.SANDBOX_ISOLATION === 'tenant',
    ceilings: {
      memoryBytes: config.MAX_MEMORY_MB * MIB,
      cpuCores: config.MAX_CPU_CORES,
      maxProcesses: config.MAX_PROCESSES,
      diskBytes: config.MAX_DISK_MB * MIB,
      maxOpenFiles: config.MAX_OPEN_FILES,
    },
    builds: {
      memoryBytes: config.BUILD_MEMORY_MB * MIB,
      cpuCores: config.BUILD_CPU_CORES,
      diskBytes: config.BUILD_DISK_MB * MIB,
      processes: config.BUILD_PROCESSES,
      network: config.BUILD_NETWORK,
      contextBytes: config.MAX_INPUT_BYTES,
    },
    images: { executor: config.EXECUTOR_IMAGE, bases: config.ALLOWED_BASE_IMAGES, registry: config.IMAGE_REGISTRY },
  };
}

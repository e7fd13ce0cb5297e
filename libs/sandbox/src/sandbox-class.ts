import type { Limits } from '@gantry/contracts';

/** The limits that a container is born with. What is not in here the init applies to each stage. */
export type ContainerLimits = Pick<
  Limits,
  'memoryBytes' | 'cpuCores' | 'networkEnabled' | 'maxProcesses' | 'maxOpenFiles' | 'diskBytes'
>;

/** Which execution a container is made for; `null` for one that is made in advance. */
export interface Assignment {
  executionId: string;
  attempt: number;
}

/** What is needed of a sandbox: two requests with equal `image` and `limits` can be given each other's. */
export interface SandboxRequest {
  image: string;
  limits: ContainerLimits;
  assignment: Assignment | null;
}

export function containerLimits(limits: Limits): ContainerLimits {
  const { memoryBytes, cpuCores, networkEnabled, maxProcesses, maxOpenFiles, diskBytes } = limits;
  return { memoryBytes, cpuCores, networkEnabled, maxProcesses, maxOpenFiles, diskBytes };
}

import type { Limits } from '@gantry/contracts';

/** The limits that a container is born with. What is not in here the init applies to each stage. */
export type ContainerLimits = Pick<
  Limits,
  'memoryBytes' | 'cpuCores' | 'networkEnabled' | 'maxProcesses' | 'maxOpenFiles' | 'diskBytes'
>;

/** What makes two sandboxes exchangeable before a program came into them. */
export interface SandboxClass {
  image: string;
  limits: ContainerLimits;
  /** Interpreter that is started in advance; `null` = none. */
  preload: string | null;
}

export function classKey({ image, limits, preload }: SandboxClass): string {
  const { memoryBytes, cpuCores, networkEnabled, maxProcesses, maxOpenFiles, diskBytes } = limits;
  return JSON.stringify([image, preload, memoryBytes, cpuCores, networkEnabled, maxProcesses, maxOpenFiles, diskBytes]);
}

/** Which execution a container is made for; `null` for one that is made in advance. */
export interface Assignment {
  executionId: string;
  attempt: number;
}

/** A container to be made. */
export interface SandboxRequest extends SandboxClass {
  assignment: Assignment | null;
}

export function containerLimits(limits: Limits): ContainerLimits {
  const { memoryBytes, cpuCores, networkEnabled, maxProcesses, maxOpenFiles, diskBytes } = limits;
  return { memoryBytes, cpuCores, networkEnabled, maxProcesses, maxOpenFiles, diskBytes };
}

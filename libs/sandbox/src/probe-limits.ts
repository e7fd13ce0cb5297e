import type { Limits } from '@gantry/contracts';

const MIB = 1024 * 1024;

/** What probes ask for. Unlike any default, so that a limit which is there by chance does not pass for ours. */
export const PROBE_LIMITS: Limits = {
  memoryBytes: 96 * MIB,
  cpuCores: 0.5,
  timeoutMs: 10_000,
  cpuMs: null,
  networkEnabled: false,
  maxProcesses: 23,
  maxOutputBytes: MIB,
  maxFileBytes: MIB,
  maxOpenFiles: 64,
  diskBytes: 8 * MIB,
};

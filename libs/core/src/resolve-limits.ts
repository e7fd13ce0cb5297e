import { AppError, type FieldFault, type Limits, type ResourceLimits } from '@gantry/contracts';

const MIB = 1024 * 1024;

/** What applies where neither request nor runtime says anything: the reference contract's defaults. */
export const DEFAULT_LIMITS: Limits = {
  memoryBytes: 512 * MIB,
  cpuCores: 1,
  timeoutMs: 300_000,
  cpuMs: null,
  networkEnabled: false,
  maxProcesses: 128,
  maxOutputBytes: MIB,
  maxFileBytes: 256 * MIB,
  maxOpenFiles: 1024,
  diskBytes: 256 * MIB,
};

/** The operator's ceilings. A request above one is refused; a default above one is lowered. */
export interface LimitCeilings {
  memoryBytes: number;
  cpuCores: number;
  timeoutMs: number;
  maxProcesses: number;
  maxOutputBytes: number;
  diskBytes: number;
  maxOpenFiles: number;
  networkAllowed: boolean;
}

interface Bound {
  field: string;
  asked: number | undefined;
  ceiling: number;
  perUnit: number;
}

/**
 * The limits of one execution: what was asked, else the runtime's default, else ours.
 * Throws `limit_above_ceiling` naming every field above its ceiling, and the ceiling.
 */
export function resolveLimits(asked: ResourceLimits, runtime: Partial<Limits>, ceilings: LimitCeilings): Limits {
  refuseAboveCeilings(asked, ceilings);
  const base = { ...DEFAULT_LIMITS, ...runtime };
  const memoryBytes =
    asked.memory_mb === undefined ? Math.min(base.memoryBytes, ceilings.memoryBytes) : asked.memory_mb * MIB;
  // Writable places are memory: more than the memory limit could never be used.
  const defaultDisk = Math.min(base.diskBytes, ceilings.diskBytes, memoryBytes);
  const diskBytes = asked.disk_mb === undefined ? defaultDisk : asked.disk_mb * MIB;
  if (diskBytes > memoryBytes) {
    throw new AppError('invalid_request', 'disk_mb is above memory_mb; writable places live in memory', {
      fields: [{ path: 'resource_limits.disk_mb', message: `must be at most memory_mb (${memoryBytes / MIB})` }],
    });
  }
  return {
    memoryBytes,
    cpuCores: asked.cpu_cores ?? Math.min(base.cpuCores, ceilings.cpuCores),
    timeoutMs:
      asked.timeout_seconds === undefined
        ? Math.min(base.timeoutMs, ceilings.timeoutMs)
        : Math.round(asked.timeout_seconds * 1000),
    cpuMs: asked.cpu_seconds === undefined ? base.cpuMs : Math.round(asked.cpu_seconds * 1000),
    networkEnabled: asked.network_enabled ?? false,
    maxProcesses: asked.max_processes ?? Math.min(base.maxProcesses, ceilings.maxProcesses),
    maxOutputBytes: asked.max_output_bytes ?? Math.min(base.maxOutputBytes, ceilings.maxOutputBytes),
    maxFileBytes: asked.max_file_bytes ?? diskBytes,
    maxOpenFiles: asked.max_open_files ?? Math.min(base.maxOpenFiles, ceilings.maxOpenFiles),
    diskBytes,
  };
}

function refuseAboveCeilings(asked: ResourceLimits, ceilings: LimitCeilings): void {
  const bounds: Bound[] = [
    { field: 'memory_mb', asked: asked.memory_mb, ceiling: ceilings.memoryBytes, perUnit: MIB },
    { field: 'cpu_cores', asked: asked.cpu_cores, ceiling: ceilings.cpuCores, perUnit: 1 },
    { field: 'timeout_seconds', asked: asked.timeout_seconds, ceiling: ceilings.timeoutMs, perUnit: 1000 },
    { field: 'max_processes', asked: asked.max_processes, ceiling: ceilings.maxProcesses, perUnit: 1 },
    { field: 'max_output_bytes', asked: asked.max_output_bytes, ceiling: ceilings.maxOutputBytes, perUnit: 1 },
    { field: 'disk_mb', asked: asked.disk_mb, ceiling: ceilings.diskBytes, perUnit: MIB },
    { field: 'max_open_files', asked: asked.max_open_files, ceiling: ceilings.maxOpenFiles, perUnit: 1 },
  ];
  const faults: FieldFault[] = bounds
    .filter((bound) => bound.asked !== undefined && bound.asked * bound.perUnit > bound.ceiling)
    .map((bound) => ({
      path: `resource_limits.${bound.field}`,
      message: `is above the ceiling of this service (${bound.ceiling / bound.perUnit})`,
    }));
  if (asked.network_enabled === true && !ceilings.networkAllowed) {
    faults.push({ path: 'resource_limits.network_enabled', message: 'is not allowed by this service' });
  }
  const first = faults[0];
  if (first) throw new AppError('limit_above_ceiling', `${first.path} ${first.message}`, { fields: faults });
}

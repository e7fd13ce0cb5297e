import type { TerminalStatus } from './status.js';

/** What the executions of one tenant used that ended on one day (UTC). */
export interface DayUsage {
  /** Days since the epoch. */
  day: number;
  ended: Record<TerminalStatus, number>;
  cpuMs: number;
  /** Wall time of programs. */
  runMs: number;
}

export interface StorageUse {
  /** Uploaded files. */
  fileBytes: number;
  /** Artifacts, and files that came with requests. */
  keptBytes: number;
}

export interface TenantUsage {
  /** Newest first, the first one being today; days without any are left out, today is not. */
  days: DayUsage[];
  queued: number;
  running: number;
  storage: StorageUse;
}

/** Ceilings of one execution, all resolved: every field has a value. Sizes in bytes, times in milliseconds. */
export interface Limits {
  memoryBytes: number;
  /** Share of processors, 0.1 and up. */
  cpuCores: number;
  /** Wall time of all stages together. */
  timeoutMs: number;
  /** Processor time of all processes together; `null` = only the wall time limits. */
  cpuMs: number | null;
  networkEnabled: boolean;
  /** Processes and threads alive at once. */
  maxProcesses: number;
  /** Per stream: what of stdout and of stderr is kept. */
  maxOutputBytes: number;
  /** Largest single file the program may write. */
  maxFileBytes: number;
  maxOpenFiles: number;
  /** All writable places together. They live in memory and count against `memoryBytes` too. */
  diskBytes: number;
}

export const ON_OUTPUT_LIMIT = ['truncate', 'kill'] as const;
/** `truncate` keeps head and tail and lets the program go on; `kill` ends it. */
export type OnOutputLimit = (typeof ON_OUTPUT_LIMIT)[number];

/** What was measured. `null` = this engine or kernel does not tell. */
export interface Usage {
  cpuMs: number | null;
  peakMemoryBytes: number | null;
  peakProcesses: number | null;
}

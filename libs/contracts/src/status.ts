/** Where an execution stands. The last four are terminal: once written they never change. */
export const STATUSES = ['pending', 'running', 'completed', 'failed', 'timeout', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

export const TERMINAL_STATUSES = ['completed', 'failed', 'timeout', 'cancelled'] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export function isTerminal(status: Status): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly string[]).includes(status);
}

/** Why an execution ended as it did. `exit_code` with code 0 is the only successful one. */
export const REASONS = [
  'exit_code',
  'signal',
  'memory_limit',
  'cpu_time_limit',
  'wall_time_limit',
  'output_limit',
  'process_limit',
  'disk_limit',
  'compile_error',
  'image_unavailable',
  'cancelled',
  'worker_lost',
  'internal_error',
] as const;
export type Reason = (typeof REASONS)[number];

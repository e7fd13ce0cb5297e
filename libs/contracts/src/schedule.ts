/** A quality of a worker that an execution may require. */
export const TAG_PATTERN = /^[a-z0-9][a-z0-9._-]{0,31}$/;
export const MAX_REQUIRES = 8;

/** Among the executions of one tenant; 9 comes first. */
export const DEFAULT_PRIORITY = 5;
export const MAX_PRIORITY = 9;

/** How often more a program may be started whose worker was lost while it ran. */
export const MAX_RETRIES = 3;

/** Executions that require the same wait in one lane. `''` = nothing is required; else the tags, which have no `+`. */
export function laneOf(requires: readonly string[]): string {
  return [...new Set(requires)].sort().join('+');
}

/** Where a waiting execution stands. */
export interface QueuePlace {
  /** How many are served before it, as things are now. */
  ahead: number;
  /** How many of these are its own tenant's. */
  ownAhead: number;
  /** Recent mean run time of executions in its lane; `null` = not known. */
  meanRunMs: number | null;
  /** How many of its tenant may run at once; `null` = as many as there is room for. */
  maxRunning: number | null;
}

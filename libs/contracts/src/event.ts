import type { Status } from './status.js';
import type { Usage } from './limits.js';

export type OutputStream = 'stdout' | 'stderr';

/** A fact about an execution before it has its place in the log. */
export type NewEvent =
  | {
      type: 'status';
      /** `queue`: where it stands, while it waits; position 1 is next. */
      data: { status: Status; attempt: number; worker?: string; queue?: { position: number; waitMs: number | null } };
    }
  | { type: OutputStream; data: { text: string; encoding: 'utf-8' | 'base64'; droppedBytes?: number } }
  | { type: 'progress'; data: { message: string; percent?: number } }
  | { type: 'usage'; data: Usage }
  /** The end. The log holds only this mark; readers take the result from the record. */
  | { type: 'result'; data: Record<string, never> };

export const EVENT_TYPES = ['status', 'stdout', 'stderr', 'progress', 'usage', 'result'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * A fact with its place: `seq` counts 1, 2, 3 … without holes; `at` is milliseconds since the epoch. `json` is the data of output as it
 * lies in the log, for whoever hands it on unread.
 */
export type ExecutionEvent = NewEvent & { seq: number; at: number; json?: string };

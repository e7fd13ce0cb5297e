import type { ExecutionEvent, NewEvent } from '@gantry/contracts';

/** Events of an attempt that are written together with its end; `offset` as in `append`. */
export interface LastEvents {
  offset: number;
  events: readonly NewEvent[];
  /** With these the log has all that was written: nothing was refused. Then long output is not in the result. */
  complete?: boolean;
}

/** The appended facts of executions, and news about them. */
export interface EventLog {
  /**
   * Appends in order. `offset` is how many events this attempt has appended before: a repeat after a lost answer writes nothing twice.
   * False when the attempt is stale or the execution has ended: nothing was written.
   */
  append(writer: { id: string; attempt: number; offset: number }, events: readonly NewEvent[]): Promise<boolean>;
  /**
   * Batches of events with `seq > after`, in order, without gap or duplicate; waits for more until the `result` event was given or
   * the signal aborts. Pulls only as the consumer does, so a slow reader costs nothing but time.
   * Throws `history_gone` when events after `after` are no longer kept.
   */
  read(id: string, after: number, signal: AbortSignal): AsyncIterable<ExecutionEvent[]>;
  /** The last events that are there now, at most `max`, in order. */
  recent(id: string, max: number): Promise<ExecutionEvent[]>;
  /** Begins to listen for the end of an execution. Call it before looking at the record, so that no end falls between. */
  watchEnd(id: string): Promise<EndWatch>;
}

export interface EndWatch extends AsyncDisposable {
  /** Resolves true once the end was announced or may have been missed (look at the record again), false after `timeoutMs` or when the signal aborts. */
  ended(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

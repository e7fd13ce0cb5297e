/** What became of a write: `gone` = no such execution for this tenant; `full` = the program has too much unread. */
export type InputOutcome = 'written' | 'gone' | 'not_streamed' | 'closed' | 'full';

/** Standard input that clients write while the program runs. */
export interface InputChannel {
  /** Appends, and closes if told. Not safe to repeat. Throws `redis_unavailable`. */
  write(target: { id: string; tenant: string }, bytes: Uint8Array, close: boolean): Promise<InputOutcome>;
  /** What was written, in order, until it is closed or the signal aborts. For the one worker that runs it: what was read is gone. */
  read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

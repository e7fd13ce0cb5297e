import type { ExecutionRequest, ExecutionResult, JobRecord } from '@gantry/contracts';
import type { LastEvents } from './event-log.js';

export type StartOutcome =
  | { kind: 'started'; attempt: number; createdAt: number; startedAt: number }
  /** Offered but not accepted yet: look again soon. */
  | { kind: 'not_accepted' }
  /** Missing, ended, cancelled, or running elsewhere: nothing to do. */
  | { kind: 'gone' };

/** Ends only what waits. `claim`: and only unless another has claimed it since; `null` = whoever has. */
export interface Unstarted {
  claim: string | null;
}

/** What became of one whose worker is lost. `kept`: it is not, or it had ended or been given back before. */
export type LossOutcome = 'again' | 'ended' | 'kept';

/**
 * The truth about the jobs of one kind, as a worker needs it. Every write carries the attempt it belongs to; a stale attempt changes nothing.
 * Safe to repeat throughout.
 */
export interface AttemptStore<Request = ExecutionRequest, Result = ExecutionResult> {
  /** What to run, or `null` when it is gone. Not limited to a tenant. */
  load(id: string): Promise<JobRecord<Request, Result> | null>;
  /** pending → running, for this worker, with a lease of `leaseMs`. `nonce` is new for every delivery and makes a repeat harmless. */
  start(id: string, claim: { worker: string; nonce: string; leaseMs: number }): Promise<StartOutcome>;
  /** Prolongs the leases of our running jobs. Returns those that must stop: cancelled by the user, or no longer ours. */
  renew(
    attempts: readonly { id: string; attempt: number }[],
    leaseMs: number,
  ): Promise<{ id: string; why: 'cancelled' | 'lost' }[]>;
  /**
   * Writes the end: what is left of the events, status, result and the last event in one step. False when it had ended already, or belongs to another attempt.
   * `null` ends it whoever holds it; `Unstarted` what has not started.
   */
  finish(id: string, by: number | Unstarted | null, result: Result, last?: LastEvents): Promise<boolean>;
  /**
   * For a running one whose lease has run out; one that was prolonged since is kept. It waits again in its old place when its request allows
   * another attempt and nobody has cancelled it; else it ends with `result`. With `attempt` also for one whose worker gives that attempt up itself.
   */
  lose(id: string, result: Result, attempt?: number): Promise<LossOutcome>;
  /** Ids whose lease has run out, and offers that were never accepted (already withdrawn by this call). At most `max`. */
  lapsed(max: number): Promise<string[]>;
  /** Calls back with the id of every job whose cancellation is asked for, as it happens. Best effort: `renew` is the safety net. */
  onCancel(callback: (id: string) => void): Promise<AsyncDisposable>;
}

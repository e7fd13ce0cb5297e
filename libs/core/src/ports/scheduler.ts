import type { ExecutionRecord, QueuePlace } from '@gantry/contracts';

/** A worker's hold on an execution that it has taken but not started. */
export interface Claim {
  id: string;
  /** New for every take. */
  nonce: string;
}

export interface Taken {
  record: ExecutionRecord;
  /** How often it was taken before without being started, by workers that failed. */
  failedBefore: number;
}

/**
 * Decides which execution a worker gets (docs/scheduling.md). Only what is accepted and waits is given out, to one worker at a time. Safe to
 * repeat throughout.
 */
export interface Scheduler {
  /**
   * Claims the execution whose turn it is, for `leaseMs`; `null` when there is none. Without `tags` from those that require nothing, with
   * them from those that require one or more of these and nothing else.
   */
  take(claim: { worker: string; nonce: string; leaseMs: number; tags: readonly string[] }): Promise<Taken | null>;
  /** Prolongs claims. Returns the ids of those that are claims no more: cancelled, or taken by another. */
  keep(claims: readonly Claim[], leaseMs: number): Promise<string[]>;
  /** Gives a claimed one back to its old place, after `delayMs`. `failed` is counted. False when it was not ours any more. */
  handBack(claim: Claim, how: { delayMs: number; failed: boolean }): Promise<boolean>;
  /**
   * Gives back what was claimed by workers that have fallen silent, as failed; at most `max`. Tells the ids of those that failed
   * `maxFailures` times, which stay claimed: they are to be ended.
   */
  reclaim(max: number, maxFailures: number): Promise<{ handedBack: number; spent: string[] }>;
  /** How many that require nothing could be taken now. */
  takeable(): Promise<number>;
  /** `null` when it does not wait. */
  place(id: string): Promise<QueuePlace | null>;
  /** Calls back when there is more to take that requires tags, or may be. Best effort. */
  onTagged(callback: () => void): Promise<AsyncDisposable>;
}

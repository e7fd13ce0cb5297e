import type { QueuePlace } from '@gantry/contracts';

export interface WaitingExecution {
  id: string;
  requires: readonly string[];
  place: QueuePlace;
}

/** Who waits and should be told where it stands. */
export interface QueueNews {
  /**
   * Those among `max` of the longest waiting that were not told yet, or that have come half the way since; empty when another worker has just
   * looked. A look goes on where this worker's last one ended.
   */
  due(max: number): Promise<WaitingExecution[]>;
  /** Writes it into the events of the execution, unless it has started meanwhile. */
  tell(id: string, queue: { position: number; waitMs: number | null }): Promise<void>;
}

import type { WorkerStatus } from '@gantry/contracts';

/** Who is there to run jobs. Entries vanish when their worker falls silent. */
export interface WorkerDirectory {
  announce(status: WorkerStatus, ttlMs: number): Promise<void>;
  withdraw(id: string): Promise<void>;
  list(): Promise<WorkerStatus[]>;
}

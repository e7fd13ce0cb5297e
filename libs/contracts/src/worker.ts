/** What a worker says of itself, every few seconds. It is gone when it stops saying so. */
export interface WorkerStatus {
  id: string;
  host: string;
  pid: number;
  /** Epoch milliseconds of this heartbeat. */
  at: number;
  startedAt: number;
  slots: number;
  running: number;
  draining: boolean;
  engine: EngineStatus;
}

/** The Docker engine behind a worker. */
export interface EngineStatus {
  available: boolean;
  version: string | null;
  images: number;
  /** Why not, when it is not available. */
  message: string | null;
}

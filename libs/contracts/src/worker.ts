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
  /** Ids of recipes whose image its engine has. */
  images: string[];
  /** Recipes that it could not make an image of lately. */
  imageFailures: ImageFailure[];
}

export interface ImageFailure {
  id: string;
  message: string;
  /** Epoch milliseconds. */
  at: number;
}

/** The Docker engine behind a worker. */
export interface EngineStatus {
  available: boolean;
  version: string | null;
  images: number;
  /** Content id of the executor image as this engine has it; `null` = not known. */
  executorDigest: string | null;
  /** Why not, when it is not available. */
  message: string | null;
}

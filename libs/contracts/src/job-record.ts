import type { Status } from './status.js';

/** The truth about one job. Times are milliseconds since the epoch, by the Redis server's clock. */
export interface JobRecord<Request, Result> {
  id: string;
  tenant: string;
  status: Status;
  request: Request;
  /** 0 until a worker started it; every start adds one. */
  attempt: number;
  worker: string | null;
  cancelRequested: boolean;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  result: Result | null;
}

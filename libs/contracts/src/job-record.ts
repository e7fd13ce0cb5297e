import type { Status } from './status.js';
import type { WebhookStatus } from './webhook.js';

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
  /** W3C Trace Context of what asked for it, beside the request: a repeat may differ in it. `null` = not traced. */
  traceparent: string | null;
  tracestate: string | null;
  /** Left out or `null` = nobody is told of its end. */
  webhook?: WebhookStatus | null;
}

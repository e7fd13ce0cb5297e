import { z } from 'zod';

/** A worker, as whoever may run programs sees it. */
export const WorkerView = z.strictObject({
  worker_id: z.string(),
  state: z.enum(['ready', 'draining', 'engine_down']).describe('draining: it takes nothing more.'),
  drained: z.boolean().describe('It drains, and nothing runs on it any more.'),
  version: z.string(),
  tags: z.array(z.string()),
  slots: z.number().describe('Executions that it runs at once.'),
  running: z.number(),
  pool: z
    .array(z.strictObject({ kind: z.string(), ready: z.number() }))
    .describe('Sandboxes that are ready and unused, by the interpreter that waits in them.'),
  heartbeat_age_seconds: z.number(),
});
export type WorkerView = z.infer<typeof WorkerView>;

/** `GET /workers` */
export const WorkerList = z.strictObject({ workers: z.array(WorkerView) });
export type WorkerList = z.infer<typeof WorkerList>;

/** The same for operators: with what tells about their machines. */
export const AdminWorkerView = z.strictObject({
  ...WorkerView.shape,
  host: z.string(),
  pid: z.number(),
  labels: z.record(z.string(), z.string()),
  uptime_seconds: z.number(),
  engine: z.strictObject({
    available: z.boolean(),
    version: z.string().nullable(),
    images: z.number(),
    executor_digest: z.string().nullable(),
    message: z.string().nullable().describe('Why it is not available.'),
  }),
  images_ready: z.number().describe('Images made by this service that its engine has.'),
});
export type AdminWorkerView = z.infer<typeof AdminWorkerView>;

/** `GET /admin/workers` */
export const AdminWorkerList = z.strictObject({ workers: z.array(AdminWorkerView) });
export type AdminWorkerList = z.infer<typeof AdminWorkerList>;

/** `POST /admin/workers/{id}/drain` and `…/resume`: the worker has been told. */
export const WorkerOrderView = z.strictObject({ worker_id: z.string(), order: z.enum(['drain', 'resume']) });
export type WorkerOrderView = z.infer<typeof WorkerOrderView>;

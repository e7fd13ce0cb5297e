import { z } from 'zod';
import { REASONS, STATUSES } from '../status.js';
import { artifactFields } from './artifact-view.js';
import { AppliedLimits } from './resource-limits.js';
import { QueueView } from './schedule-fields.js';
import { WebhookView } from './webhook-view.js';

const time = z.string().describe('RFC 3339, UTC');

export const UsageView = z.strictObject({
  cpu_seconds: z.number().nullable(),
  peak_memory_bytes: z.number().nullable(),
  peak_processes: z.number().nullable(),
});

/** An execution as every route tells it. Fields about the end are null until `status` is terminal. */
export const ExecutionView = z.strictObject({
  execution_id: z.string(),
  status: z.enum(STATUSES),
  reason: z.enum(REASONS).nullable(),
  language: z.string(),
  stdout: z.string().nullable(),
  stderr: z.string().nullable(),
  stdout_encoding: z.enum(['utf-8', 'base64']).describe('base64 when the bytes are not valid UTF-8.'),
  stderr_encoding: z.enum(['utf-8', 'base64']),
  stdout_truncated: z.boolean(),
  stderr_truncated: z.boolean(),
  exit_code: z.number().nullable(),
  signal: z.string().nullable(),
  error_message: z.string().nullable(),
  execution_time_seconds: z.number().nullable(),
  queue_seconds: z.number().nullable(),
  queue: QueueView.nullable().default(null).describe('Where it stands while it waits; null from its start on.'),
  usage: UsageView.nullable(),
  limits: AppliedLimits.nullable().describe('As applied by the engine, not as asked for.'),
  ...artifactFields,
  sandbox: z.enum(['warm', 'cold']).nullable(),
  attempt: z.number(),
  worker: z.string().nullable(),
  image_id: z.string().nullable().describe('Null: the image of the language.'),
  image_seconds: z
    .number()
    .nullable()
    .describe('How long its image took to be made or fetched; null when it was there.'),
  image_digest: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  timestamp: z.number().describe('Epoch seconds of the end, or of the creation while it is not ended.'),
  cached: z.boolean().describe('The answer is the result of an equal execution before (cache: true).'),
  origin_execution_id: z.string().nullable().describe('The execution it is the result of, when cached.'),
  webhook: WebhookView.nullish().describe('Who is told of its end; null: nobody.'),
});
export type ExecutionView = z.infer<typeof ExecutionView>;

export const ExecutionSummary = ExecutionView.omit({
  queue: true,
  stdout: true,
  stderr: true,
  stdout_encoding: true,
  stderr_encoding: true,
  usage: true,
  limits: true,
  artifacts: true,
  artifacts_omitted: true,
  artifacts_omitted_count: true,
});
export type ExecutionSummary = z.infer<typeof ExecutionSummary>;

export const ExecutionList = z.strictObject({
  executions: z.array(ExecutionSummary).describe('Newest first.'),
  next_cursor: z.string().nullable().describe('Pass as ?cursor= for the next page; null on the last one.'),
});
export type ExecutionList = z.infer<typeof ExecutionList>;

/** Answer of `POST /execute/stream`; the events are at `GET /executions/{id}/stream`. */
export const StreamStarted = z.strictObject({
  execution_id: z.string(),
  status: z.literal('started'),
  queue: QueueView.nullable().default(null).describe('Where it stands while it waits.'),
});
export type StreamStarted = z.infer<typeof StreamStarted>;

/** Answer of `POST /execute` when the end did not come in time. */
export const ExecutionAccepted = z.strictObject({
  execution_id: z.string(),
  status: z.enum(STATUSES),
  queue: QueueView.nullable().default(null).describe('Where it stands while it waits.'),
});
export type ExecutionAccepted = z.infer<typeof ExecutionAccepted>;

export const ExecutionProgress = z.strictObject({
  execution_id: z.string(),
  status: z.enum(STATUSES),
  start_time: z.number().nullable().describe('Epoch seconds.'),
  end_time: z.number().nullable(),
  logs: z.array(z.string()).describe('What the program wrote until now, in order; at most the last 1000 pieces.'),
  response: ExecutionView.nullable(),
  error: z.string().nullable(),
});
export type ExecutionProgress = z.infer<typeof ExecutionProgress>;

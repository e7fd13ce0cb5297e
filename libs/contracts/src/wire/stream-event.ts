import { z } from 'zod';
import { STATUSES } from '../status.js';
import { ExecutionView, UsageView } from './execution-view.js';
import { QueueView } from './schedule-fields.js';

/** `data:` of each kind of server-sent event; `event:` is the kind, `id:` the sequence number (1, 2, 3 …). */
export const STREAM_EVENT_DATA = {
  status: z.strictObject({
    status: z.enum(STATUSES),
    attempt: z.number(),
    worker: z.string().optional(),
    queue: QueueView.optional().describe(
      'Where it stands, while it waits; told when it did not start at once, and when that has changed much.',
    ),
    at: z.number(),
  }),
  stdout: z.strictObject({
    text: z.string(),
    encoding: z.enum(['utf-8', 'base64']),
    dropped_bytes: z.number().optional().describe('Bytes left out before this text.'),
    at: z.number(),
  }),
  stderr: z.strictObject({
    text: z.string(),
    encoding: z.enum(['utf-8', 'base64']),
    dropped_bytes: z.number().optional(),
    at: z.number(),
  }),
  progress: z.strictObject({ message: z.string(), percent: z.number().optional(), at: z.number() }),
  usage: UsageView.extend({ at: z.number() }),
  result: ExecutionView,
} as const;

export type StreamEventType = keyof typeof STREAM_EVENT_DATA;
export type StreamEvent = {
  [T in StreamEventType]: { id: number; type: T; data: z.infer<(typeof STREAM_EVENT_DATA)[T]> };
}[StreamEventType];

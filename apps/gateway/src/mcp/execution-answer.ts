import { ExecutionView, isTerminal, type ExecutionRecord } from '@gantry/contracts';
import { z } from 'zod';
import { toExecutionView } from '../http/wire.js';
import { capBase64, capText, type CappedText } from './output-text.js';
import { executionText } from './execution-text.js';
import type { OutputSoFar } from './output-so-far.js';
import type { ToolAnswer } from './tool.js';

export const DEFAULT_OUTPUT_CHARS = 20_000;

export const MaxOutputChars = z
  .int()
  .min(100)
  .max(1_000_000)
  .default(DEFAULT_OUTPUT_CHARS)
  .describe('How much of stdout, and of stderr, the answer holds; the middle is left out past it.');

const leftOut = (stream: string): z.ZodInt =>
  z
    .int()
    .min(0)
    .describe(
      `Characters of ${stream} left out of its middle here; get_execution with a higher max_output_chars has them.`,
    );

/** An execution as the tools tell it: what REST tells, without what only operators read. */
export const ExecutionAnswer = ExecutionView.pick({
  execution_id: true,
  status: true,
  reason: true,
  language: true,
  exit_code: true,
  signal: true,
  error_message: true,
  stdout_encoding: true,
  stderr_encoding: true,
  stdout_truncated: true,
  stderr_truncated: true,
  execution_time_seconds: true,
  queue_seconds: true,
  attempt: true,
  usage: true,
  limits: true,
  image_id: true,
  image_seconds: true,
  artifacts: true,
  artifacts_omitted: true,
  artifacts_omitted_count: true,
  cached: true,
  origin_execution_id: true,
  created_at: true,
  started_at: true,
  finished_at: true,
})
  .extend({
    stdout: z.string().nullable().describe('While it runs: what was written so far; null when that is not known.'),
    stderr: z.string().nullable(),
    stdout_left_out: leftOut('stdout'),
    stderr_left_out: leftOut('stderr'),
  })
  .strip();
export type ExecutionAnswer = z.infer<typeof ExecutionAnswer>;

export interface AnswerOptions {
  maxOutputChars: number;
  /** What a program that has not ended has written, when it is known. */
  soFar?: OutputSoFar | null;
  /** The record is that of an equal execution before. */
  cached?: boolean;
  /** First line of the text. */
  title?: string;
}

export function answerExecution(record: ExecutionRecord, options: AnswerOptions): ToolAnswer<ExecutionAnswer> {
  const { maxOutputChars, soFar = null, cached = false, title = 'Execution Result:' } = options;
  const view = toExecutionView(record, { cached });
  const ended = isTerminal(record.status);
  const stdout = cap(ended ? view.stdout : (soFar?.stdout ?? null), view.stdout_encoding, maxOutputChars);
  const stderr = cap(ended ? view.stderr : (soFar?.stderr ?? null), view.stderr_encoding, maxOutputChars);
  const data = {
    ...view,
    stdout: stdout && stdout.text,
    stderr: stderr && stderr.text,
    stdout_left_out: stdout?.leftOut ?? 0,
    stderr_left_out: stderr?.leftOut ?? 0,
  };
  return { data, text: executionText(data, title) };
}

function cap(text: string | null, encoding: 'utf-8' | 'base64', maxChars: number): CappedText | null {
  if (text === null) return null;
  return encoding === 'base64' ? capBase64(text, maxChars) : capText(text, maxChars);
}

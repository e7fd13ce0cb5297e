import { CreateImageView, InstallPackageView, isTerminal, JobView, type ImageJobRecord } from '@gantry/contracts';
import { cancelJob, orderImage, readOr, type ImageOrder, type ImageOutcome } from '@gantry/core';
import { z } from 'zod';
import { awaitWithProgress } from './follow-output.js';
import { fenced } from './output-text.js';
import type { ToolContext } from './tool.js';

const DEFAULT_LOG_CHARS = 4000;

export const MaxLogChars = z
  .int()
  .min(100)
  .max(1_000_000)
  .default(DEFAULT_LOG_CHARS)
  .describe('How much of the end of the build log the answer holds.');

const capped = {
  build_logs: z.array(z.string()).describe('The last lines of the build.'),
  build_logs_left_out: z
    .int()
    .min(0)
    .describe('Lines before them; get_image_job with a higher max_log_chars has them.'),
};
export const CreateAnswer = CreateImageView.extend(capped).strip();
export const InstallAnswer = InstallPackageView.extend(capped).strip();
export const JobAnswer = JobView.extend(capped).strip();

/** What all three tell. */
export type ImageFacts = Omit<CreateImageView, 'image_id'>;

/** Orders an image and waits for it, telling meanwhile what the build says; who hangs up no longer wants it. */
export async function buildImage(order: ImageOrder, waitSeconds: number, context: ToolContext): Promise<ImageOutcome> {
  const { deps, tenant, signal } = context;
  const outcome = await orderImage(deps, order, 0, signal);
  if (outcome.kind === 'ready') return outcome;
  const { id } = outcome.record;
  try {
    const target = { id, tenant, waitMs: waitSeconds * 1000 };
    const record = await readOr(
      () => awaitWithProgress(context, deps.imageJobs, target),
      () => null,
    );
    return { ...outcome, record: record ?? outcome.record };
  } finally {
    if (signal.aborted && outcome.created) await cancelQuietly(context, id);
  }
}

/** The end of the log is what a model needs: errors stand there. */
export function withCappedLog<View extends { build_logs: string[] }>(
  view: View,
  maxChars: number,
): View & { build_logs_left_out: number } {
  const kept: string[] = [];
  let length = 0;
  for (const line of view.build_logs.toReversed()) {
    length += line.length + 1;
    if (length > maxChars) break;
    kept.unshift(line);
  }
  return { ...view, build_logs: kept, build_logs_left_out: view.build_logs.length - kept.length };
}

/** Facts, then the log, then what to do: after a failure, or while it goes on. */
export function imageText(
  told: { done: string; failed: string; lines: readonly string[]; logTitle: string },
  view: ImageFacts & { build_logs_left_out: number },
): string {
  const { build_logs: log, build_logs_left_out: leftOut } = view;
  const isOver = isTerminal(view.status);
  const title = view.success ? told.done : isOver ? told.failed : 'Image Not Ready Yet:';
  const gap = leftOut > 0 ? [`(${leftOut} lines before are left out.)`] : [];
  const shown = log.length > 0 ? ['', told.logTitle, ...gap, fenced(log.join('\n'))] : [];
  return [title, ...told.lines, ...endLines(view), ...shown, ...nextStep(view)].join('\n');
}

function endLines({ status, reason, error_message, failing_line, cached, success }: ImageFacts): string[] {
  if (success) return cached ? ['- It was there already; nothing was built.'] : [];
  const lines = [`- Status: ${status}${reason === null ? '' : ` (${reason})`}`];
  if (error_message !== null) lines.push(`- Why: ${error_message}`);
  if (failing_line !== null) lines.push(`- Failing Line: ${failing_line}`);
  return lines;
}

const ADVICE: Partial<Record<NonNullable<ImageFacts['reason']>, string>> = {
  build_failed: 'Read the failing line and the end of the log; correct the package names or versions, then call again.',
  build_time_limit: 'Install less at once, then call again with the new image_id for the rest.',
  build_disk_limit: 'Install less.',
  build_memory_limit: 'Install less at once, or packages that need no compiling.',
  base_unavailable: 'Leave base_os out, or ask the operator to load that base image.',
  worker_lost: 'Call again.',
  internal_error: 'Call again; if it stays, tell the operator.',
};

function nextStep({ status, reason, job_id, success }: ImageFacts): string[] {
  if (success) return [];
  if (!isTerminal(status)) {
    return [
      '',
      `The build goes on. Call get_image_job with job_id "${job_id}" and wait_seconds to wait for its end, or cancel_image_job to stop it.`,
    ];
  }
  const advice = reason === null ? undefined : ADVICE[reason];
  return advice === undefined ? [] : ['', `What to do: ${advice}`];
}

/** A build that ended without an image is a failure of the tool; one that goes on, or was stopped on purpose, is not. */
export function isFailure({ status, success }: Pick<ImageFacts, 'status' | 'success'>): boolean {
  return isTerminal(status) && !success && status !== 'cancelled';
}

async function cancelQuietly({ deps, tenant }: ToolContext, id: ImageJobRecord['id']): Promise<void> {
  try {
    await cancelJob(deps.imageJobs, { id, tenant });
  } catch (error) {
    deps.logger.warn({ err: error, jobId: id }, 'image job of a closed call not cancelled');
  }
}

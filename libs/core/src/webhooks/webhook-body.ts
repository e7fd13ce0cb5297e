import type { DueWebhook } from '../ports/index.js';

const isoTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** The same for every attempt, so receivers know a repeat. */
export function webhookIdOf(jobId: string): string {
  return `msg_${jobId}`;
}

/** What is posted, byte for byte the same at every attempt: how it ended and where to read more, never output. */
export function webhookBody(due: DueWebhook): string {
  const { id, result, webhook } = due;
  const isExecution = id.startsWith('exec_');
  return JSON.stringify({
    type: isExecution ? 'execution.ended' : 'job.ended',
    timestamp: isoTime(due.finishedAt),
    data: {
      ...(isExecution ? { execution_id: id } : { job_id: id }),
      ...webhook.about,
      status: due.status,
      reason: result['reason'] ?? null,
      ...(isExecution ? { exit_code: result['exitCode'] ?? null, signal: result['signal'] ?? null } : {}),
      error_message: result['message'] ?? null,
      attempt: due.attempt,
      created_at: isoTime(due.createdAt),
      started_at: isoTime(due.startedAt),
      finished_at: isoTime(due.finishedAt),
      url: `/${isExecution ? 'executions' : 'jobs'}/${id}`,
    },
  });
}

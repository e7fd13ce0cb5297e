import { AppError, ERROR_CATALOGUE, type ErrorCode } from '@gantry/contracts';

/** What to do next, where the catalogue's advice speaks of HTTP. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'Correct the named arguments and call again.',
  unknown_language: 'Use one of these, or call list_runtimes.',
  unknown_image: 'Leave image_id out to use the image of the language, or call list_images.',
  language_not_in_image:
    'Use an image made with this language, or leave image_id out; list_images tells what there is.',
  file_quota: 'Delete files that you no longer need: list_files, then delete_file.',
  file_too_large: 'Send less, or in several files.',
  code_too_large: 'Send less code, or put data into files.',
  not_found: 'Check the execution_id; executions past their retention are gone.',
  idempotency_key_reused: 'Use a new idempotency_key for a new request.',
  tenant_queue_full: 'Wait until some of your executions have ended, then call again.',
  too_many_webhooks: 'Wait, then call again, or leave webhook out and ask for the result with get_execution.',
  queue_full: 'Wait, then call again.',
  redis_unavailable: 'Nothing was started. Wait, then call again; docker_health tells what is missing.',
  redis_full: 'Nothing was started. Wait, then call again; if it stays, tell the operator.',
  no_worker: 'Nothing was started. Wait, then call again; docker_health tells what is missing.',
  internal_error: 'Call again; if it stays, tell the operator.',
};

// A refusal goes into a model's context: long enough to act on, never long because the caller sent much nonsense.
const MAX_FAULTS = 10;
const MAX_CHARS = 300;

/**
 * The one place where an error becomes a text that a model can act on. An error that is not ours tells nothing of what it says;
 * it is not `expected`, and a person should look.
 */
export function describeError(error: unknown): { text: string; expected: boolean } {
  if (error instanceof AppError) return { text: textOf(error), expected: ERROR_CATALOGUE[error.code].status !== 500 };
  return { text: textOf(new AppError('internal_error', 'Something broke on our side')), expected: false };
}

function textOf(error: AppError): string {
  const lines = [`Error ${error.code}: ${short(error.message)}`];
  for (const { path, message } of error.fields.slice(0, MAX_FAULTS)) lines.push(`- ${short(path)}: ${short(message)}`);
  if (error.retryable && error.retryAfterSeconds !== undefined) {
    lines.push(`It can succeed later: try again in ${error.retryAfterSeconds} s or more.`);
  }
  lines.push(`What to do: ${adviceFor(error)}`);
  return lines.join('\n');
}

const short = (text: string): string => (text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text);

/** Advice given with this very error beats ours, ours beats the catalogue's. */
function adviceFor(error: AppError): string {
  const general = ERROR_CATALOGUE[error.code].suggestion;
  return error.suggestion === general ? (ADVICE[error.code] ?? general) : error.suggestion;
}

import { GantryApiError, GantryConnectionError, GantryProtocolError, GantryUsageError } from '@gantry/client';
import { CliError, UsageError } from './cli-error.js';
import { EXIT } from './exit-code.js';
import { visible } from './format-values.js';

export interface ErrorReport {
  /** Lines without an end, the first one being what happened. */
  lines: string[];
  /** For `--json`. */
  document: Record<string, unknown>;
  exitCode: number;
}

/** Advice in the words of the command line, where the service's is about HTTP. */
const ADVICE: Record<string, string> = {
  unauthorized: 'Give a key by --api-key or GANTRY_API_KEY.',
  unknown_language: '"gantry runtimes" lists what there is.',
  unknown_image: 'Leave --image out to use the image of the language; "gantry images" lists yours.',
  language_not_in_image: 'Use an image made with this language: "gantry images" tells. Or leave --image out.',
  forbidden: 'Give the key of an administrator by GANTRY_ADMIN_KEY or --api-key.',
  cpu_quota_exceeded: '"gantry usage" shows what you used, and how much you may.',
  storage_quota_exceeded: 'Delete files that you no longer need; "gantry usage" shows how much you may keep.',
  admin_key_needed: 'First: gantry keys create NAME --role admin. Or set ADMIN_KEYS at the gateway.',
  file_quota: 'Delete files that you no longer need: "gantry list-files", then "gantry delete-file".',
  image_in_use: 'Wait until its executions have ended, then delete it again.',
  not_found: 'Check the id; "gantry list", "gantry images" and "gantry list-files" show what is kept.',
  history_gone: '"gantry result" shows what is kept.',
};

/** Whatever went wrong, as a person and as a program want to read it. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof GantryApiError) return reportApiError(error);
  if (error instanceof UsageError) return report('usage', error.message, EXIT.usage);
  if (error instanceof GantryUsageError) return report('usage', error.message, EXIT.usage);
  if (error instanceof GantryConnectionError) {
    const hint = 'The address comes from --base-url or GANTRY_URL; "npm start" in the repository starts Gantry here.';
    return report(
      `connection_${error.failure}`,
      error.message,
      EXIT.failure,
      error.failure === 'unreachable' ? hint : null,
    );
  }
  if (error instanceof GantryProtocolError) return report('protocol', error.message, EXIT.failure);
  if (error instanceof CliError) return report('failed', error.message, EXIT.failure);
  return report(
    'internal',
    error instanceof Error ? error.message : String(error),
    EXIT.failure,
    'This is a fault of the command line itself.',
  );
}

function reportApiError(error: GantryApiError): ErrorReport {
  const advice = ADVICE[error.code] ?? error.suggestion;
  const places = error.errors.map((fault) => `${visible(fault.path)}: ${visible(fault.message)}`);
  const request = error.status >= 500 && error.requestId !== null ? [`Request ${visible(error.requestId)}`] : [];
  return {
    lines: [visible(error.detail), ...places, ...(advice === '' ? [] : [visible(advice)]), ...request],
    document: {
      code: error.code,
      message: error.detail,
      suggestion: advice,
      status: error.status,
      errors: error.errors,
      retryable: error.retryable,
      request_id: error.requestId,
    },
    exitCode: EXIT.failure,
  };
}

function report(code: string, message: string, exitCode: number, hint: string | null = null): ErrorReport {
  return {
    lines: [visible(message), ...(hint === null ? [] : [hint])],
    document: { code, message, ...(hint === null ? {} : { suggestion: hint }) },
    exitCode,
  };
}

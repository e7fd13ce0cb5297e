import { AppError, messageOf } from '@gantry/contracts';

/** What a client of the engine throws: an HTTP status, or the code of a failed system call. */
interface EngineFailure {
  statusCode?: unknown;
  code?: unknown;
}

const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EACCES', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE'],
]);

export function statusOf(error: unknown): number | null {
  const status = (error as EngineFailure | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/** The code of a failed system call; empty when there is none. */
export function codeOf(error: unknown): string {
  const code = (error as EngineFailure | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** The engine's failure in our words; an `AppError` stays as it is. `doing` is what was tried, for people: "create a container". */
export function toAppError(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error;
  const message = messageOf(error).trim();
  const status = statusOf(error);
  const code = codeOf(error);
  if (status === null && UNREACHABLE.has(code)) {
    return new AppError('engine_unavailable', `Could not ${doing}: the Docker engine does not answer (${code})`, {
      cause: error,
    });
  }
  if (status === 404 && /no such image/i.test(message)) {
    return new AppError('unknown_image', `Could not ${doing}: the engine does not have this image`, { cause: error });
  }
  // A 400 refuses the value; a failed set-up of an rlimit comes as a 500 from the runtime.
  if (
    (status === 400 && /\b(cpus?|memory|swap(piness)?|pids?|disk|nofile)\b/i.test(message)) ||
    /setting rlimit/i.test(message)
  ) {
    return new AppError('limit_unenforceable', `Could not ${doing}: ${message}`, { cause: error });
  }
  return new AppError('sandbox_failed', `Could not ${doing}: ${message}`, { cause: error });
}

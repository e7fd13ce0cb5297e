import { AppError, messageOf, type ImageReason, type TerminalStatus } from '@gantry/contracts';

export interface BuildEnd {
  status: TerminalStatus;
  reason: ImageReason;
  /** For people. */
  message: string;
  failingLine: string | null;
}

/**
 * What a build that threw has come to. What somebody did to it comes before what it did itself.
 * @param stopped why it was told to stop; `undefined` = it was not
 */
export function classifyBuild(error: unknown, stopped: unknown): BuildEnd {
  if (stopped === 'cancelled') {
    return { status: 'cancelled', reason: 'cancelled', message: 'Cancelled while it was built', failingLine: null };
  }
  if (stopped !== undefined) {
    const message = 'The worker had to stop before the image was built';
    return { status: 'failed', reason: 'worker_lost', message, failingLine: null };
  }
  const reason = error instanceof AppError ? reasonOf(error) : 'internal_error';
  return {
    status: reason === 'build_time_limit' ? 'timeout' : 'failed',
    reason,
    message: messageOf(error),
    failingLine: error instanceof AppError ? (error.build?.failingLine ?? null) : null,
  };
}

function reasonOf(error: AppError): ImageReason {
  switch (error.code) {
    case 'build_failed':
    case 'build_limit':
      return error.build?.reason ?? 'build_failed';
    case 'base_unavailable':
      return 'base_unavailable';
    // The builder looks once more at what the door has let in.
    case 'invalid_request':
    case 'custom_dockerfile_refused':
      return 'build_failed';
    default:
      return 'internal_error';
  }
}

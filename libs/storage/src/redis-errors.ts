import { AppError } from '@gantry/contracts';

/** Redis 6 tells errors within a script in the middle of its message. */
const FULL = /^OOM\b|-OOM /;

export function translated(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const isFull = error instanceof Error && FULL.test(error.message);
  return isFull
    ? new AppError('redis_full', 'The queue has no memory left', { cause: error })
    : new AppError('redis_unavailable', 'Redis does not answer', { cause: error });
}

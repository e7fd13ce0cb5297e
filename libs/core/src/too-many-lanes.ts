import { AppError } from '@gantry/contracts';

/** No to one more until some of them are served; thrown by the record too, for several may come at once. */
export function tooManyLanes(lanes: number): AppError {
  return new AppError('tenant_queue_full', `${lanes} of yours with different "requires" wait; no more are taken`, {
    retryAfterSeconds: 5,
  });
}

import { AppError, ERROR_CATALOGUE, type Problem, type QuotaFault } from '@gantry/contracts';
import type { Logger } from '@gantry/core';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

/** The one place where an error becomes an HTTP answer: RFC 9457 problem details. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = toAppError(thrown);
    const { status } = ERROR_CATALOGUE[error.code];
    response.locals['problem'] = error.code;
    response.locals['limit'] = error.quota?.limit;
    if (status >= 500 && status !== 503)
      logger.error({ err: thrown, requestId: requestIdOf(response) }, 'a request failed');
    if (response.headersSent) {
      // The answer has begun; an honest cut is all that is left.
      response.destroy();
      return;
    }
    // What the client still sends is not read.
    if (!request.complete) response.set('Connection', 'close');
    if (error.retryAfterSeconds !== undefined) response.set('Retry-After', String(error.retryAfterSeconds));
    // A page asks in a way of its own.
    if (status === 401 && !response.hasHeader('WWW-Authenticate')) response.set('WWW-Authenticate', 'Bearer');
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify(toProblem(error, requestIdOf(response))));
  };
}

export const unknownRoute: RequestHandler = (request) => {
  throw new AppError('unknown_route', `There is no ${request.method} ${request.path}`);
};

export function requestIdOf(response: Response): string {
  return response.locals['requestId'] as string;
}

export function toProblem(error: AppError, requestId: string): Problem {
  const { title, status, retryable } = ERROR_CATALOGUE[error.code];
  return {
    type: `urn:gantry:error:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: requestId,
    code: error.code,
    suggestion: error.suggestion,
    retryable,
    errors: error.fields,
    ...(error.quota ? { quota: toQuotaView(error.quota) } : {}),
  };
}

function toQuotaView({ limit, allowed, current, resetsAt }: QuotaFault): NonNullable<Problem['quota']> {
  return { limit, allowed, current, resets_at: resetsAt === null ? null : new Date(resetsAt).toISOString() };
}

/** Whatever is not ours: a path that is not validly encoded, or a fault of ours. */
function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof URIError) return new AppError('unknown_route', 'The path is not validly encoded');
  return new AppError('internal_error', 'Something broke on our side', { cause: thrown });
}

import type { ErrorFacts } from './error-facts.js';
import { ACCESS_ERRORS } from './errors-of-access.js';
import { IMAGE_AND_FILE_ERRORS } from './errors-of-images-and-files.js';

/** Every way in which the service says no. Append only: codes are part of the contract. */
export const ERROR_CATALOGUE = {
  invalid_request: {
    status: 422,
    retryable: false,
    title: 'The request is not valid',
    suggestion: 'Correct the named fields and send it again.',
  },
  malformed_json: {
    status: 400,
    retryable: false,
    title: 'The body is not valid JSON',
    suggestion: 'Send one JSON object in UTF-8.',
  },
  nesting_too_deep: {
    status: 400,
    retryable: false,
    title: 'The JSON is nested too deep',
    suggestion: 'Flatten the body.',
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    title: 'The media type is not supported',
    suggestion: 'Send Content-Type: application/json.',
  },
  body_too_large: {
    status: 413,
    retryable: false,
    title: 'The body is too large',
    suggestion: 'Send less, or ask the operator for a higher MAX_BODY_BYTES.',
  },
  code_too_large: {
    status: 413,
    retryable: false,
    title: 'The code is too large',
    suggestion: 'Send less code, or ask the operator for a higher MAX_CODE_BYTES.',
  },
  unknown_language: {
    status: 422,
    retryable: false,
    title: 'This language is not known',
    suggestion: 'Use one of the languages that GET /runtimes lists.',
  },
  limit_above_ceiling: {
    status: 422,
    retryable: false,
    title: 'A limit is above the ceiling of this service',
    suggestion: 'Ask for at most the ceiling, or leave the field out.',
  },
  limit_unenforceable: {
    status: 422,
    retryable: false,
    title: 'A limit cannot be enforced here',
    suggestion: 'Leave the limit out, or ask the operator for an engine that can enforce it.',
  },
  not_found: {
    status: 404,
    retryable: false,
    title: 'There is no such thing',
    suggestion: 'Check the id; what is past its retention is gone.',
  },
  unknown_route: {
    status: 404,
    retryable: false,
    title: 'There is no such route',
    suggestion: 'See /docs for what there is.',
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    title: 'This method is not allowed here',
    suggestion: 'Use a method from the Allow header.',
  },
  history_gone: {
    status: 410,
    retryable: false,
    title: 'These events are no longer kept',
    suggestion: 'Read the result at GET /executions/{id}, or stream from the start.',
  },
  idempotency_key_invalid: {
    status: 400,
    retryable: false,
    title: 'The Idempotency-Key is not valid',
    suggestion: 'Use 1 to 255 printable ASCII characters.',
  },
  idempotency_key_reused: {
    status: 422,
    retryable: false,
    title: 'This Idempotency-Key belongs to another request',
    suggestion: 'Use a new key for a new request.',
  },
  stdin_not_streamed: {
    status: 409,
    retryable: false,
    title: 'This execution takes no further input',
    suggestion: 'Submit it with "stdin": "stream" to write to it while it runs.',
  },
  stdin_closed: {
    status: 409,
    retryable: false,
    title: 'The standard input is closed',
    suggestion: 'Nothing can be written after close, or after the end.',
  },
  stdin_full: {
    status: 429,
    retryable: true,
    title: 'The program has not read what was written before',
    suggestion: 'Write smaller pieces, or wait until the program has read.',
  },
  tenant_queue_full: {
    status: 429,
    retryable: true,
    title: 'Too many of your executions are queued',
    suggestion: 'Wait as Retry-After says, then try again.',
  },
  queue_full: {
    status: 503,
    retryable: true,
    title: 'The queue is full',
    suggestion: 'Wait as Retry-After says, then try again.',
  },
  redis_unavailable: {
    status: 503,
    retryable: true,
    title: 'The queue cannot be reached',
    suggestion: 'Wait as Retry-After says, then try again. Nothing was accepted.',
  },
  redis_full: {
    status: 503,
    retryable: true,
    title: 'The queue has no memory left',
    suggestion: 'Wait as Retry-After says, then try again. Nothing was accepted.',
  },
  no_worker: {
    status: 503,
    retryable: true,
    title: 'No worker with a running Docker engine is there',
    suggestion: 'Wait as Retry-After says, then try again. Nothing was accepted.',
  },
  shutting_down: {
    status: 503,
    retryable: true,
    title: 'This server is shutting down',
    suggestion: 'Try again; another one answers.',
  },
  engine_unavailable: {
    status: 503,
    retryable: true,
    title: 'The Docker engine cannot be reached',
    suggestion: 'Look at the worker’s /readyz.',
  },
  sandbox_failed: {
    status: 500,
    retryable: true,
    title: 'The sandbox broke',
    suggestion: 'Try again; if it stays, look at the worker’s log.',
  },
  protocol_violation: {
    status: 500,
    retryable: false,
    title: 'The sandbox broke its protocol',
    suggestion: 'Look at the worker’s log.',
  },
  internal_error: {
    status: 500,
    retryable: true,
    title: 'Something broke on our side',
    suggestion: 'Try again; if it stays, report the request id.',
  },
  ...IMAGE_AND_FILE_ERRORS,
  ...ACCESS_ERRORS,
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

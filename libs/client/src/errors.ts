import type { Problem } from '@gantry/contracts';

/** The service understood the request and said no: a problem of RFC 9457, or any other answer with an error status. */
export class GantryApiError extends Error {
  override readonly name = 'GantryApiError';
  readonly status: number;
  /** Stable, from the service's catalogue; `http_<status>` when something other than Gantry answered. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly suggestion: string;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
  /** The faulty places of the request, by JSON path. */
  readonly errors: readonly { path: string; message: string }[];
  /** Names this request in the service's log. */
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null) {
    const places = problem.errors.map((fault) => `${fault.path} ${fault.message}`);
    const facts = [problem.detail, ...places].filter((part) => part !== '').join('; ');
    super(problem.suggestion === '' ? facts : `${facts}. ${problem.suggestion}`);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.suggestion = problem.suggestion;
    this.retryable = problem.retryable;
    this.errors = problem.errors;
    this.requestId = problem.instance === '' ? null : problem.instance;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * - `unreachable`: nothing was sent; nobody listens, or the name is unknown
 * - `untrusted`: TLS failed
 * - `timeout`: no answer in time
 * - `interrupted`: the connection broke on the way; the request may have been carried out
 */
export type ConnectionFailure = 'unreachable' | 'untrusted' | 'timeout' | 'interrupted';

/** No answer came. The message says what happened and what to do; the original is the `cause`. */
export class GantryConnectionError extends Error {
  override readonly name = 'GantryConnectionError';
  readonly failure: ConnectionFailure;
  readonly retryable: boolean;

  constructor(failure: ConnectionFailure, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.failure = failure;
    this.retryable = options.retryable ?? failure !== 'untrusted';
  }
}

/** An answer came, but not one of this contract: another server, a proxy's page, or a newer or older Gantry. */
export class GantryProtocolError extends Error {
  override readonly name = 'GantryProtocolError';
}

/** The caller's own mistake, found before anything is sent: a bad base URL, API key or execution id. */
export class GantryUsageError extends Error {
  override readonly name = 'GantryUsageError';
}

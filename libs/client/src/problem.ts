import { GantryApiError } from './errors.js';
import { parseRetryAfter } from './retry.js';
import { tryJson } from './try-json.js';

/**
 * The error of an answer with an error status. Takes a problem with missing or added fields, and whatever a proxy in between says,
 * for an error must never hide behind the error of reading it.
 */
export function toApiError(response: Response, text: string): GantryApiError {
  const body = tryJson(text);
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const word = (name: string, otherwise: string): string =>
    typeof fields[name] === 'string' ? fields[name] : otherwise;
  const fromGantry = typeof fields['code'] === 'string';
  const problem = {
    type: word('type', 'about:blank'),
    title: word('title', response.statusText),
    status: response.status,
    detail: word('detail', `The server answered ${response.status} ${response.statusText}`.trimEnd()),
    instance: word('instance', response.headers.get('x-request-id') ?? ''),
    code: word('code', `http_${response.status}`),
    suggestion: word('suggestion', fromGantry ? '' : 'Check that the base URL points at Gantry itself.'),
    retryable: typeof fields['retryable'] === 'boolean' ? fields['retryable'] : response.status >= 500,
    errors: Array.isArray(fields['errors']) ? fields['errors'].filter(isFault) : [],
  };
  return new GantryApiError(problem, parseRetryAfter(response.headers.get('retry-after')));
}

function isFault(value: unknown): value is { path: string; message: string } {
  if (typeof value !== 'object' || value === null) return false;
  return 'path' in value && typeof value.path === 'string' && 'message' in value && typeof value.message === 'string';
}

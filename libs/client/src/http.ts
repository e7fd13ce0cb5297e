import { toConnectionError } from './connection-error.js';
import { Deadline, DeadlinePassed, delay } from './deadline.js';
import { GantryApiError, GantryConnectionError, GantryProtocolError } from './errors.js';
import { toApiError } from './problem.js';
import { retryDelayMs } from './retry.js';
import { tryJson } from './try-json.js';

export interface HttpSettings {
  /** Without a slash at the end. */
  baseUrl: string;
  apiKey: string | undefined;
  timeoutMs: number;
  maxRetries: number;
  retryBaseMs: number;
}

export interface Call {
  method: 'GET' | 'POST';
  /** With the query, from the base URL on. */
  path: string;
  /** JSON text. The same text is sent at every try. */
  body?: string;
  headers?: Record<string, string>;
  /** Time for one try, from sending to the last byte of the answer. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** 0 for what must not or need not be repeated. */
  maxRetries?: number;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** Sends a call that is safe to repeat, repeating it while that makes sense, and reads the JSON answer. */
export async function send(settings: HttpSettings, call: Call): Promise<Answer> {
  const maxRetries = call.maxRetries ?? settings.maxRetries;
  for (let failures = 1; ; failures++) {
    try {
      return await sendOnce(settings, call);
    } catch (error) {
      const waitMs = failures > maxRetries ? null : retryDelayMs(error, failures, settings.retryBaseMs);
      if (waitMs === null) throw error;
      await delay(waitMs, call.signal);
    }
  }
}

async function sendOnce(settings: HttpSettings, call: Call): Promise<Answer> {
  const deadline = new Deadline(call.signal);
  try {
    deadline.arm(call.timeoutMs ?? settings.timeoutMs);
    const response = await openResponse(settings, call, deadline.signal);
    return { status: response.status, body: parseJson(await response.text(), settings.baseUrl) };
  } catch (error) {
    throw toClientError(error, settings.baseUrl, deadline.signal);
  } finally {
    deadline.close();
  }
}

/** The response of one try once its headers are there; throws `GantryApiError` for an error status. */
export async function openResponse(settings: HttpSettings, call: Call, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
  if (call.body !== undefined) headers['content-type'] = 'application/json';
  if (settings.apiKey !== undefined) headers['authorization'] = `Bearer ${settings.apiKey}`;
  const response = await fetch(`${settings.baseUrl}${call.path}`, {
    method: call.method,
    headers,
    // A followed redirect would turn POST into GET and drop the key; saying where it points is better.
    redirect: 'manual',
    signal,
    ...(call.body === undefined ? {} : { body: call.body }),
  });
  if (response.ok) return response;
  if (response.status < 400) {
    const target = response.headers.get('location') ?? 'another address';
    await response.body?.cancel();
    throw new GantryProtocolError(
      `${settings.baseUrl} redirects to ${target}. Use the address it redirects to as base URL.`,
    );
  }
  throw toApiError(response, await response.text());
}

/** Whatever a try threw, as one of our errors. `signal` is the deadline's; the caller's own abort stays what it is. */
export function toClientError(error: unknown, baseUrl: string, signal: AbortSignal): unknown {
  if (signal.aborted)
    return signal.reason instanceof DeadlinePassed ? toConnectionError(signal.reason, baseUrl) : signal.reason;
  if (error instanceof GantryApiError || error instanceof GantryConnectionError || error instanceof GantryProtocolError)
    return error;
  return toConnectionError(error, baseUrl);
}

function parseJson(text: string, baseUrl: string): unknown {
  const value = tryJson(text);
  if (value === undefined) {
    throw new GantryProtocolError(
      `${baseUrl} did not answer in JSON. Check that the base URL points at Gantry itself.`,
    );
  }
  return value;
}

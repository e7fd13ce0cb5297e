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
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the query, from the base URL on. */
  path: string;
  /** JSON text, the same at every try; or what opens a body anew for each. */
  body?: string | Upload;
  headers?: Record<string, string>;
  /** Time for one try, from sending to the last byte of the answer. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** 0 for what must not or need not be repeated. */
  maxRetries?: number;
  /** False when a repeat could do it twice: then only what was surely not carried out is repeated. Default true. */
  repeatable?: boolean;
}

/** A body that is not JSON. */
export interface Upload {
  headers: Record<string, string>;
  /** `onPiece` is called as the body goes out: a slow line is no reason to give up. */
  open(onPiece: () => void): OpenUpload;
}

export interface OpenUpload {
  body: Blob | ReadableStream<Uint8Array>;
  /** What its source threw: the caller's own, whatever fetch makes of it. */
  readonly failure: { cause: unknown } | null;
  /** Lets go of the source, also in the middle. */
  close(): void;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** Sends a call, repeating it while that makes sense, and reads the JSON answer. */
export function send(settings: HttpSettings, call: Call): Promise<Answer> {
  return withRepeats(settings, call, () => sendOnce(settings, call));
}

/** The outcome of the first try that does not fail, or the error of the last. */
export async function withRepeats<T>(settings: HttpSettings, call: Call, attempt: () => Promise<T>): Promise<T> {
  const maxRetries = call.maxRetries ?? settings.maxRetries;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const mayRepeat = failures <= maxRetries && (call.repeatable !== false || wasNotCarriedOut(error));
      const waitMs = mayRepeat ? retryDelayMs(error, failures, settings.retryBaseMs) : null;
      if (waitMs === null) throw error;
      await delay(waitMs, call.signal);
    }
  }
}

/** Gantry itself said no, or nothing listened. */
function wasNotCarriedOut(error: unknown): boolean {
  if (error instanceof GantryConnectionError) return error.failure === 'unreachable';
  return error instanceof GantryApiError && (error.status === 429 || error.status === 503);
}

async function sendOnce(settings: HttpSettings, call: Call): Promise<Answer> {
  const deadline = new Deadline(call.signal);
  const again = (): void => deadline.arm(call.timeoutMs ?? settings.timeoutMs);
  again();
  const upload = typeof call.body === 'object' ? call.body.open(again) : null;
  try {
    const response = await openResponse(settings, call, deadline.signal, upload);
    return { status: response.status, body: parseJson(await response.text(), settings.baseUrl) };
  } catch (error) {
    if (upload?.failure) throw upload.failure.cause;
    throw toClientError(error, settings.baseUrl, deadline.signal);
  } finally {
    deadline.close();
    // An answer may come before all is sent.
    upload?.close();
  }
}

/** The response of one try once its headers are there; throws `GantryApiError` for an error status. */
export async function openResponse(
  settings: HttpSettings,
  call: Call,
  signal: AbortSignal,
  upload: OpenUpload | null = null,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
  if (typeof call.body === 'string') headers['content-type'] = 'application/json';
  else Object.assign(headers, call.body?.headers);
  if (settings.apiKey !== undefined) headers['authorization'] = `Bearer ${settings.apiKey}`;
  const body = typeof call.body === 'string' ? call.body : upload?.body;
  const response = await fetch(`${settings.baseUrl}${call.path}`, {
    method: call.method,
    headers,
    // A followed redirect would turn POST into GET and drop the key; saying where it points is better.
    redirect: 'manual',
    signal,
    ...(body === undefined ? {} : { body, duplex: 'half' }),
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

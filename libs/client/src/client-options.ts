import { GantryUsageError } from './errors.js';
import type { StreamSettings } from './event-stream.js';

export interface GantryClientOptions {
  /** Where the gateway is, with its path prefix if it has one: `http://127.0.0.1:8000`. */
  baseUrl: string;
  apiKey?: string | undefined;
  /** For one try of a request, without the time it asked the service to wait. Default 30 s. */
  timeoutMs?: number;
  /** Repeats of one request after a failure that may pass. Default 4. */
  maxRetries?: number;
  /** Connections of one event stream in a row that may bring nothing new. Default 8, about half a minute. */
  maxReconnects?: number;
  /** Silence on an event stream, heartbeats included, after which it counts as broken. Default 60 s. */
  streamIdleMs?: number;
  /** The first pause before a repeat; it doubles up to 5 s. Default 250 ms. */
  retryBaseMs?: number;
}

export function toSettings(options: GantryClientOptions): StreamSettings {
  return {
    baseUrl: checkBaseUrl(options.baseUrl),
    apiKey: options.apiKey === undefined ? undefined : checkApiKey(options.apiKey),
    timeoutMs: options.timeoutMs ?? 30_000,
    maxRetries: options.maxRetries ?? 4,
    maxReconnects: options.maxReconnects ?? 8,
    streamIdleMs: options.streamIdleMs ?? 60_000,
    retryBaseMs: options.retryBaseMs ?? 250,
  };
}

function checkBaseUrl(text: string): string {
  if (!URL.canParse(text)) throw new GantryUsageError(`"${text}" is not a URL. Use one like http://127.0.0.1:8000.`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new GantryUsageError(`The base URL must begin with http:// or https://, not ${url.protocol}//.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new GantryUsageError('The base URL must not hold a user or a password. Give the API key on its own.');
  }
  if (url.search !== '' || url.hash !== '')
    throw new GantryUsageError(`The base URL must not have a query or a fragment: ${text}`);
  return url.href.replace(/\/+$/, '');
}

/** fetch would refuse such a key with an error that shows it. */
function checkApiKey(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new GantryUsageError(
    'The API key is empty or has characters that a header cannot carry: blanks, line ends or non-ASCII letters.',
  );
}

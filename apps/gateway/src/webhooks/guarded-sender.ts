import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import type { WebhookFault } from '@gantry/contracts';
import type { SendOutcome, WebhookMessage, WebhookSender } from '@gantry/core';
import { addressFault, addressOf, urlFault, type AddressRules } from './address-rules.js';
import type { ResolveName } from './resolve-name.js';

export interface SenderOptions {
  rules: AddressRules;
  resolve: ResolveName;
  /** For one attempt, from the look-up of the name to the end of the answer. */
  timeoutMs: number;
  /** Certificates of authorities that count instead of the usual ones, PEM. */
  ca?: string[];
}

/** Of an answer nothing is needed but its status; so much of its body is read, so that the receiver can finish in peace. */
const MAX_ANSWER_BYTES = 4096;
const ANSWER_WITHIN_MS = 1000;
const MAX_ANSWER_HEADER_BYTES = 16 * 1024;

class Refusal extends Error {
  readonly fault: WebhookFault;

  constructor(fault: WebhookFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Posts to where a tenant says, but to no network that is off limits. The name is looked up here, every address it has must be allowed, and
 * the connection goes to one of exactly these: a name that leads elsewhere the next moment changes nothing. Redirects are not followed, and
 * proxies of the environment not used.
 */
export class GuardedSender implements WebhookSender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async send(message: WebhookMessage, signal: AbortSignal): Promise<SendOutcome> {
    signal.throwIfAborted();
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(new Refusal('timeout', 'The time is over')), this.#options.timeoutMs);
    const stop = (): void => over.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const answer = await orAborted(this.#post(message, over.signal), over.signal);
      // From here on the status counts, whatever becomes of the rest.
      const outcome = outcomeOf(answer);
      await readSome(answer);
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      const fault = faultOf(error);
      const detail = fault === 'timeout' ? undefined : refusalOf(error)?.message;
      return { httpStatus: null, fault, retryAfterMs: null, detail };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      over.abort(new Refusal('timeout', 'The attempt is over'));
    }
  }

  async #post({ url: text, headers, body }: WebhookMessage, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(text);
    const { rules, ca } = this.#options;
    const fault = urlFault(url, rules);
    if (fault !== null) throw new Refusal('address_refused', fault);
    const addresses = await this.#addressesOf(url);
    signal.throwIfAborted();
    const payload = Buffer.from(body);
    // Of its own: connections are not kept, so none outlives the look at its address.
    const own = { keepAlive: false };
    const isHttps = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      headers: { ...headers, 'content-length': payload.length, connection: 'close' },
      lookup: pinned(addresses),
      signal,
      maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
      agent: isHttps ? new HttpsAgent({ ...own, ...(ca ? { ca } : {}) }) : new HttpAgent(own),
    };
    return await answerOf(url, { isHttps, options, payload });
  }

  async #addressesOf(url: URL): Promise<string[]> {
    const literal = addressOf(url);
    const addresses = literal === null ? await lookUp(this.#options.resolve, url.hostname) : [literal];
    if (addresses.length === 0) throw new Refusal('name_not_found', `There is no ${url.hostname}`);
    for (const address of addresses) {
      const fault = addressFault(address, this.#options.rules.allowedNetworks);
      // Told as if there were no such name: else tenants could find out which names there are in our networks.
      if (fault !== null) throw new Refusal('name_not_found', `${url.hostname} leads to ${address}, which ${fault}`);
    }
    return addresses;
  }
}

async function lookUp(resolve: ResolveName, name: string): Promise<string[]> {
  try {
    return await resolve(name);
  } catch (error) {
    throw new Refusal('name_not_found', error instanceof Error ? error.message : String(error));
  }
}

/** Answers whatever name is asked for with these addresses. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_name, options, callback) => {
    const [first] = all;
    if (options.all === true || !first) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

function answerOf(
  url: URL,
  { isHttps, options, payload }: { isHttps: boolean; options: RequestOptions; payload: Buffer },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (isHttps ? httpsRequest : httpRequest)(url, options);
    request.once('response', resolve);
    // Also after the answer has begun, when nobody waits any more.
    request.on('error', reject);
    request.end(payload);
  });
}

function outcomeOf(answer: IncomingMessage): SendOutcome {
  const status = answer.statusCode ?? 0;
  return { httpStatus: status, fault: statusFault(status), retryAfterMs: retryAfterOf(answer) };
}

/** Never throws. */
async function readSome(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  const enough = setTimeout(() => answer.destroy(), ANSWER_WITHIN_MS);
  try {
    for await (const piece of answer) {
      bytes += (piece as Buffer).length;
      if (bytes >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // It broke off, or the time is over.
  } finally {
    clearTimeout(enough);
    answer.destroy();
  }
}

function statusFault(status: number): WebhookFault | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirect' : 'http_status';
}

/** Seconds or a date; `null` = neither. */
function retryAfterOf(answer: IncomingMessage): number | null {
  const text = answer.headers['retry-after'];
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** The work goes on unheard when it does not listen to the signal itself, as a look-up of a name. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  const { cause } = error as { cause?: unknown };
  return cause instanceof Refusal ? cause : null;
}

function faultOf(error: unknown): WebhookFault {
  const refusal = refusalOf(error);
  if (refusal) return refusal.fault;
  const { code = '' } = error as NodeJS.ErrnoException;
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code);
  return isTls ? 'tls_failed' : 'connection_failed';
}

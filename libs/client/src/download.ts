import { Deadline } from './deadline.js';
import { GantryConnectionError } from './errors.js';
import { openResponse, toClientError, withRepeats, type Call, type HttpSettings } from './http.js';

/**
 * Bytes that come as they are asked for. Iterate once; reading to the end, leaving the loop, or disposing of it closes the connection.
 * Iterating throws when the connection breaks, or is silent for too long.
 */
export class Download implements AsyncDisposable, AsyncIterable<Uint8Array> {
  /** `null` when it is not known before the end. */
  readonly size: number | null;
  /** In hex digits, as the service says; `null` when it doesn't. */
  readonly sha256: string | null;
  readonly mediaType: string;
  /** What the service calls it; not to be trusted as a path. */
  readonly filename: string | null;
  readonly #settings: HttpSettings;
  readonly #deadline: Deadline;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(settings: HttpSettings, response: Response, deadline: Deadline) {
    const { headers } = response;
    const length = headers.get('content-length');
    this.size = length === null || headers.has('content-encoding') ? null : Number(length);
    this.sha256 = /^"([0-9a-f]{64})"$/.exec(headers.get('etag') ?? '')?.[1] ?? null;
    this.mediaType = headers.get('content-type') ?? 'application/octet-stream';
    this.filename = filenameOf(headers.get('content-disposition') ?? '');
    this.#settings = settings;
    this.#deadline = deadline;
    this.#reader = response.body?.getReader();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    let received = 0;
    try {
      for (;;) {
        this.#deadline.arm(this.#settings.timeoutMs);
        const { done, value } = (await this.#reader?.read()) ?? { done: true, value: undefined };
        this.#deadline.disarm();
        if (done || !value) break;
        received += value.length;
        yield value;
      }
      if (this.size !== null && received !== this.size) throw cutShort(received, this.size);
    } catch (error) {
      throw toClientError(error, this.#settings.baseUrl, this.#deadline.signal);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#deadline.close();
    // A connection that broke rejects here a second time; its error is on its way already.
    await this.#reader?.cancel().catch(() => undefined);
  }
}

/** Opens a download; only the opening is repeated. */
export function openDownload(settings: HttpSettings, path: string, signal: AbortSignal | undefined): Promise<Download> {
  const call: Call = { method: 'GET', path, headers: { accept: '*/*' }, signal };
  return withRepeats(settings, call, async () => {
    const deadline = new Deadline(signal);
    try {
      deadline.arm(settings.timeoutMs);
      const response = await openResponse(settings, call, deadline.signal);
      deadline.disarm();
      return new Download(settings, response, deadline);
    } catch (error) {
      deadline.close();
      throw toClientError(error, settings.baseUrl, deadline.signal);
    }
  });
}

/** The encoded name of RFC 6266; the plain one is for clients that can't read it. */
function filenameOf(disposition: string): string | null {
  const encoded = /filename\*=UTF-8''([^;\s]+)/i.exec(disposition)?.[1];
  try {
    return encoded === undefined ? null : decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

function cutShort(received: number, size: number): GantryConnectionError {
  return new GantryConnectionError('interrupted', `Only ${received} of ${size} bytes came. Try again.`);
}

import type { OpenUpload, Upload } from './http.js';

export interface FileUpload {
  /** A name without directories. */
  filename: string;
  /** Bytes, or what opens them anew for each try, such as `() => createReadStream(path)`; those are never held as a whole. */
  content: Uint8Array | (() => AsyncIterable<Uint8Array>);
  /** Of content that is opened, where it is known: what is too large is then refused before it is sent. */
  size?: number | undefined;
  /** Name or alias of a runtime. Default: by the file name. */
  language?: string | undefined;
}

/** A `multipart/form-data` body. `onProgress` gets the bytes of the content that are on their way, from 0 again at a further try. */
export function uploadBody(file: FileUpload, onProgress: (sentBytes: number) => void): Upload {
  const boundary = `gantry-${randomHex(16)}`;
  const head = new TextEncoder().encode(headOf(file, boundary));
  const tail = new TextEncoder().encode(`\r\n--${boundary}--\r\n`);
  const { content } = file;
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  if (content instanceof Uint8Array) {
    return {
      headers: type,
      open: () => {
        onProgress(content.length);
        const body = new Blob([head, content, tail]);
        return { body, failure: null, close: () => undefined };
      },
    };
  }
  const length = file.size === undefined ? {} : { 'content-length': String(head.length + file.size + tail.length) };
  return {
    headers: { ...type, ...length },
    open: (onPiece) => {
      const told = (sentBytes: number): void => {
        onPiece();
        onProgress(sentBytes);
      };
      return new StreamedUpload({ head, content: content(), tail }, told);
    },
  };
}

/** The name goes as a field, where it needs no quoting. */
function headOf({ filename, language }: FileUpload, boundary: string): string {
  const field = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  return [
    field('filename', filename),
    language === undefined ? '' : field('language', language),
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n`,
    'Content-Type: application/octet-stream\r\n\r\n',
  ].join('');
}

/** Pulls from its source only as the connection takes it. */
class StreamedUpload implements OpenUpload {
  readonly body: ReadableStream<Uint8Array>;
  failure: { cause: unknown } | null = null;
  readonly #pieces: AsyncGenerator<Uint8Array, void, void>;

  constructor(
    parts: { head: Uint8Array; content: AsyncIterable<Uint8Array>; tail: Uint8Array },
    onProgress: (sentBytes: number) => void,
  ) {
    this.#pieces = this.#piecesOf(parts, onProgress);
    this.body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await this.#pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  close(): void {
    this.#pieces.return().catch(() => undefined);
  }

  async *#piecesOf(
    { head, content, tail }: { head: Uint8Array; content: AsyncIterable<Uint8Array>; tail: Uint8Array },
    onProgress: (sentBytes: number) => void,
  ): AsyncGenerator<Uint8Array, void, void> {
    let sent = 0;
    onProgress(sent);
    yield head;
    try {
      for await (const piece of content) {
        // An empty piece would be the end of a chunked body.
        if (piece.length === 0) continue;
        yield piece;
        sent += piece.length;
        onProgress(sent);
      }
    } catch (error) {
      this.failure = { cause: error };
      throw error;
    }
    yield tail;
  }
}

/** Not `randomUUID`: browsers have that on secure pages only. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}

import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '@gantry/contracts';
import type { Request } from 'express';

/** What is not the file: boundaries, headers of parts, fields. */
const MAX_OVERHEAD_BYTES = 64 * 1024;
const LIMITS = {
  files: 1,
  fields: 4,
  parts: 5,
  fieldNameSize: 64,
  fieldSize: 2048,
  headerPairs: 16,
  headerSize: 8 * 1024,
};

/**
 * One file in a `multipart/form-data` body, read as it comes; nothing but the fields is held. Fields may come before the file or after it.
 */
export class MultipartUpload {
  readonly #request: Request;
  readonly #maxBodyBytes: number;
  readonly #fields = new Map<string, string>();
  #fileName: string | null = null;
  #failure: Error | null = null;
  #file: BusboyFileStream | null = null;
  #wake: () => void = () => undefined;
  #finished = false;

  constructor(request: Request, maxFileBytes: number) {
    this.#request = request;
    this.#maxBodyBytes = maxFileBytes + MAX_OVERHEAD_BYTES;
  }

  /** Complete once `content` has ended. */
  get fields(): Record<string, string> {
    return { ...(this.#fileName === null ? {} : { filename: this.#fileName }), ...Object.fromEntries(this.#fields) };
  }

  /** The bytes of the file. Throws what is wrong with the body, and when the client goes away before its end. */
  async *content(): AsyncGenerator<Uint8Array> {
    this.#requireSize(Number(this.#request.headers['content-length'] ?? 0));
    const parser = this.#parser();
    let received = 0;
    const count = (chunk: Buffer): void => {
      received += chunk.length;
      if (received > this.#maxBodyBytes) this.#fail(this.#tooLarge());
    };
    const onClose = (): void => {
      if (!this.#request.complete) this.#fail(malformed('The body ends before its end was said'));
    };
    this.#request.on('data', count).on('close', onClose).pipe(parser);
    try {
      yield* this.#pieces();
    } finally {
      this.#request.off('data', count).off('close', onClose).unpipe(parser);
      parser.destroy();
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    await this.#until(() => this.#file !== null);
    if (!this.#file) throw refused('file', 'must be given: one part named file');
    try {
      yield* this.#file as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw this.#failure ?? error;
    }
    await this.#until(() => false);
  }

  /** Until it is so, or the body has ended. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#finished && !this.#failure) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure) throw this.#failure;
  }

  #parser(): BusboyInstance {
    const headers = this.#request.headers as BusboyHeaders;
    let parser: BusboyInstance;
    try {
      // Every part with a file name, and the one named file, is a file. Names come as they were sent: a path is refused, not cut.
      const isPartAFile = (field?: string, _type?: string, fileName?: string): boolean =>
        fileName !== undefined || field === 'file';
      parser = new Busboy({ headers, limits: LIMITS, preservePath: true, isPartAFile });
    } catch (error) {
      throw malformed('The Content-Type names no boundary', error);
    }
    parser.on('file', (field, stream, fileName, encoding) => this.#onFile(field, stream, fileName, encoding));
    parser.on('field', (name, value, _nameCut, valueCut) => this.#onField(name, value, valueCut));
    for (const limit of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const)
      parser.on(limit, () => this.#fail(malformed(`There are more than one file and ${LIMITS.fields} fields`)));
    parser.on('error', (error) => this.#fail(malformed('The body cannot be parsed', error)));
    parser.on('finish', () => {
      this.#finished = true;
      this.#wake();
    });
    return parser;
  }

  #onFile(field: string | undefined, stream: BusboyFileStream, fileName: string | undefined, encoding: string): void {
    stream.on('error', (error: Error) => this.#fail(malformed('The file part cannot be read', error)));
    if (field !== 'file') return this.#fail(refused(field ?? 'file', 'is not a known file part; name it file'), stream);
    if (!['7bit', '8bit', 'binary'].includes(encoding))
      return this.#fail(refused('file', `must be sent as it is, not in ${encoding.slice(0, 32)}`), stream);
    this.#fileName = fileName ?? null;
    this.#file = stream;
    this.#wake();
  }

  #onField(name: string, value: string, isCut: boolean): void {
    if (isCut) return this.#fail(refused(name, `must have at most ${LIMITS.fieldSize} bytes`));
    if (this.#fields.has(name)) return this.#fail(refused(name, 'is given twice'));
    this.#fields.set(name, value);
  }

  #fail(error: Error, stream: BusboyFileStream | null = this.#file): void {
    this.#failure ??= error;
    stream?.destroy(this.#failure);
    this.#wake();
  }

  #requireSize(declared: number): void {
    if (declared > this.#maxBodyBytes) throw this.#tooLarge();
  }

  #tooLarge(): AppError {
    const max = this.#maxBodyBytes - MAX_OVERHEAD_BYTES;
    return new AppError('file_too_large', `The file has more than ${max} bytes`);
  }
}

function malformed(message: string, cause?: unknown): AppError {
  return new AppError('malformed_multipart', message, { cause });
}

function refused(field: string, message: string): AppError {
  const path = field.slice(0, 64);
  return new AppError('invalid_request', `${path} ${message}`, { fields: [{ path, message }] });
}

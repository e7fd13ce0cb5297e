import { createHash } from 'node:crypto';
import type { BlobPutOptions, BlobStore } from '@gantry/core';
import { PUT_WHOLE } from '../scripts/blob-scripts.js';
import { BlobIndex, stored, type BlobIndexOptions } from './blob-index.js';
import { checkContent, gone } from './check-content.js';
import { inPieces } from './in-pieces.js';

/** Small enough that no command holds Redis up for long. */
const CHUNK_BYTES = 256 * 1024;

/** Blobs in Redis itself, in chunks. For files of some megabytes; they live in its memory. */
export class RedisBlobStore implements BlobStore {
  readonly #index: BlobIndex;

  constructor(options: Omit<BlobIndexOptions, 'bytesAreElsewhere'>) {
    this.#index = new BlobIndex({ ...options, bytesAreElsewhere: false });
  }

  async put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: BlobPutOptions,
  ): Promise<{ sha256: string; size: number }> {
    const pieces = inPieces(content, CHUNK_BYTES, options.maxBytes);
    const first = await pieces.next();
    const second = first.done === true ? first : await pieces.next();
    if (second.done === true) return this.#putWhole(first.done === true ? Buffer.alloc(0) : first.value, options);
    return this.#putChunks(chained([first.value as Buffer, second.value], pieces), options);
  }

  async *get(sha256: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const found = await this.#index.find(sha256);
    if (!found) throw gone(sha256);
    yield* checkContent(sha256, this.#chunks(sha256, found, signal));
  }

  keep(sha256: string, keepUntil: number, holder?: string): Promise<boolean> {
    return this.#index.keep(sha256, holder === undefined ? { keepUntil } : { keepUntil, holder });
  }

  release(sha256: string, holder: string): Promise<void> {
    return this.#index.release(sha256, holder);
  }

  expire(max: number): Promise<number> {
    return this.#index.expire(max);
  }

  usage(): Promise<{ bytes: number; maxBytes: number }> {
    return this.#index.usage();
  }

  async #putWhole(bytes: Buffer, { keepUntil, holder }: BlobPutOptions): Promise<{ sha256: string; size: number }> {
    const index = this.#index;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const args = [index.newObject(), sha256, bytes.length, keepUntil, holder ?? '', index.maxBytes, bytes];
    if ((await index.run(PUT_WHOLE, args)) !== 1) throw index.full();
    return { sha256, size: bytes.length };
  }

  async #putChunks(pieces: AsyncIterable<Buffer>, options: BlobPutOptions): Promise<{ sha256: string; size: number }> {
    const object = this.#index.newObject();
    const hash = createHash('sha256');
    let size = 0;
    let chunks = 0;
    // One chunk is on its way while the next is read.
    let sending: Promise<void> = Promise.resolve();
    try {
      for await (const bytes of pieces) {
        hash.update(bytes);
        size += bytes.length;
        await sending;
        sending = this.#index.reserve(object, size, { number: chunks++, bytes });
        sending.catch(() => undefined);
      }
      await sending;
      const sha256 = hash.digest('hex');
      await this.#index.commit(object, { sha256, size, chunks }, options);
      return { sha256, size };
    } catch (error) {
      await sending.catch(() => undefined);
      // What can't be taken back now lapses.
      await this.#index.abandon(object, size).catch(() => undefined);
      throw error;
    }
  }

  async *#chunks(
    sha256: string,
    { object, size }: { object: string; size: number },
    signal?: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const count = Math.ceil(size / CHUNK_BYTES);
    const key = `${this.#index.prefix}:bytes:${object}`;
    const read = (number: number): Promise<Buffer | null> => stored(this.#index.redis.hgetBuffer(key, String(number)));
    let next = count > 0 ? read(0) : null;
    for (let number = 0; number < count; number++) {
      const chunk = await next;
      next = null;
      signal?.throwIfAborted();
      if (!chunk) throw gone(sha256);
      if (number + 1 < count) {
        next = read(number + 1);
        next.catch(() => undefined);
      }
      yield chunk;
    }
  }
}

async function* chained(before: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* before;
  yield* rest;
}

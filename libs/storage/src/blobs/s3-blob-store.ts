import { createHash } from 'node:crypto';
import type { BlobPutOptions, BlobStore } from '@gantry/core';
import { BlobIndex, type BlobIndexOptions } from './blob-index.js';
import { checkContent, gone } from './check-content.js';
import { inPieces } from './in-pieces.js';
import { S3Bucket, unreachable, type S3Settings } from './s3-bucket.js';

/** What one object holds: an upload has this much in memory, twice at most. */
const PART_BYTES = 8 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * Blobs as objects of a bucket, one for each 8 MiB; the index is in Redis. Every upload has object names of its own, which the index then calls
 * the content's, or dooms when the content was there already. So removing objects never meets new ones with the same content.
 */
export class S3BlobStore implements BlobStore {
  readonly #index: BlobIndex;
  readonly #bucket: S3Bucket;
  readonly #folder: string;

  private constructor(options: Omit<BlobIndexOptions, 'bytesAreElsewhere'>, bucket: S3Bucket) {
    this.#index = new BlobIndex({ ...options, bytesAreElsewhere: true });
    this.#bucket = bucket;
    this.#folder = `${options.deployment}/blobs`;
  }

  static async open(options: Omit<BlobIndexOptions, 'bytesAreElsewhere'>, settings: S3Settings): Promise<S3BlobStore> {
    return new S3BlobStore(options, await S3Bucket.open(settings));
  }

  async put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: BlobPutOptions,
  ): Promise<{ sha256: string; size: number }> {
    const object = this.#index.newObject();
    const hash = createHash('sha256');
    let size = 0;
    try {
      for await (const part of inPieces(content, PART_BYTES, options.maxBytes)) {
        hash.update(part);
        const number = size / PART_BYTES;
        size += part.length;
        await this.#index.reserve(object, size);
        await this.#bucket.put(this.#keyOf(object, number), part);
      }
      const sha256 = hash.digest('hex');
      const kept = await this.#index.commit(object, { sha256, size, chunks: 0 }, options);
      if (kept !== object) await this.#giveUp(object, size, true);
      return { sha256, size };
    } catch (error) {
      await this.#giveUp(object, size);
      throw error;
    }
  }

  async *get(sha256: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const found = await this.#index.find(sha256);
    if (!found) throw gone(sha256);
    yield* checkContent(sha256, inPieces(this.#parts(sha256, found, signal), PIECE_BYTES, found.size));
  }

  keep(sha256: string, keepUntil: number, holder?: string): Promise<boolean> {
    return this.#index.keep(sha256, holder === undefined ? { keepUntil } : { keepUntil, holder });
  }

  release(sha256: string, holder: string): Promise<void> {
    return this.#index.release(sha256, holder);
  }

  async expire(max: number): Promise<number> {
    const expired = await this.#index.expire(max);
    for (const doomed of await this.#index.doomed(max)) await this.#remove(doomed);
    return expired;
  }

  usage(): Promise<{ bytes: number; maxBytes: number }> {
    return this.#index.usage();
  }

  close(): void {
    this.#bucket.close();
  }

  async *#parts(
    sha256: string,
    { object, size }: { object: string; size: number },
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for (let number = 0; number * PART_BYTES < size; number++) {
      const body = await this.#bucket.get(this.#keyOf(object, number), signal);
      if (!body) throw gone(sha256);
      try {
        yield* body;
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        unreachable(error);
      }
    }
  }

  /** What can't be removed now stays doomed, or counted until it counts as abandoned. */
  async #giveUp(object: string, bytes: number, duplicate = false): Promise<void> {
    try {
      if (await this.#index.abandon(object, bytes, duplicate)) await this.#remove({ object, bytes });
    } catch {
      // The next look through doomed objects and uploads finds it.
    }
  }

  async #remove(doomed: { object: string; bytes: number }): Promise<void> {
    for (let number = 0; number * PART_BYTES < doomed.bytes; number++)
      await this.#bucket.remove(this.#keyOf(doomed.object, number));
    await this.#index.removed(doomed);
  }

  #keyOf(object: string, part: number): string {
    return `${this.#folder}/${object}/${part}`;
  }
}

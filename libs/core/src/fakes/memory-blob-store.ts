import { createHash } from 'node:crypto';
import { AppError } from '@gantry/contracts';
import type { BlobPutOptions, BlobStore, Clock } from '../ports/index.js';

const PIECE_BYTES = 256 * 1024;

interface Kept {
  bytes: Buffer;
  keepUntil: number;
  holders: Map<string, number>;
}

/** Blobs in memory, with the same rules as the real ones. */
export class MemoryBlobStore implements BlobStore {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #uploading = 0;
  broken = false;

  constructor(clock: Clock, maxBytes = 1024 * 1024 * 1024) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  async put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: BlobPutOptions,
  ): Promise<{ sha256: string; size: number }> {
    this.#requireWorking();
    const pieces: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const piece of content instanceof Uint8Array ? [content] : content) {
        if (size + piece.length > options.maxBytes)
          throw new AppError('file_too_large', `The file has more than ${options.maxBytes} bytes`);
        if (this.#total() + this.#uploading + piece.length > this.#maxBytes)
          throw new AppError('storage_full', 'The file store is full');
        size += piece.length;
        this.#uploading += piece.length;
        pieces.push(Uint8Array.from(piece));
      }
    } finally {
      this.#uploading -= size;
    }
    const bytes = Buffer.concat(pieces);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (!this.#kept.has(sha256)) this.#kept.set(sha256, { bytes, keepUntil: 0, holders: new Map() });
    await this.keep(sha256, options.keepUntil, options.holder);
    return { sha256, size };
  }

  async *get(sha256: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    this.#requireWorking();
    const bytes = this.#kept.get(sha256)?.bytes;
    if (!bytes) throw new AppError('not_found', `The content ${sha256} is not kept`);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      signal?.throwIfAborted();
      yield await Promise.resolve(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  keep(sha256: string, keepUntil: number, holder?: string): Promise<boolean> {
    this.#requireWorking();
    const kept = this.#kept.get(sha256);
    if (!kept) return Promise.resolve(false);
    if (holder === undefined) kept.keepUntil = Math.max(kept.keepUntil, keepUntil);
    else kept.holders.set(holder, Math.max(kept.holders.get(holder) ?? 0, keepUntil));
    return Promise.resolve(true);
  }

  release(sha256: string, holder: string): Promise<void> {
    this.#kept.get(sha256)?.holders.delete(holder);
    return Promise.resolve();
  }

  expire(max: number): Promise<number> {
    const now = this.#clock.now();
    const wanted = ({ keepUntil, holders }: Kept): number => Math.max(keepUntil, ...holders.values());
    const over = [...this.#kept].filter(([, kept]) => wanted(kept) <= now).slice(0, max);
    for (const [sha256] of over) this.#kept.delete(sha256);
    return Promise.resolve(over.length);
  }

  usage(): Promise<{ bytes: number; maxBytes: number }> {
    return Promise.resolve({ bytes: this.#total() + this.#uploading, maxBytes: this.#maxBytes });
  }

  #total(): number {
    return [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #requireWorking(): void {
    if (this.broken) throw new AppError('storage_unavailable', 'The file store does not answer');
  }
}

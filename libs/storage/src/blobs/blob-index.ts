import { randomUUID } from 'node:crypto';
import { AppError } from '@gantry/contracts';
import type { Redis } from 'ioredis';
import { keysFor, type Keys } from '../keys.js';
import { runScript } from '../run-script.js';
import { ABANDON, COMMIT, EXPIRE, KEEP, RELEASE, RESERVE } from '../scripts/blob-scripts.js';

export interface BlobIndexOptions {
  /** Of a `transferring` connection. */
  redis: Redis;
  deployment: string;
  /** All blobs together, uploads under way included. */
  maxBytes: number;
  /** Bytes are elsewhere than in Redis: what goes is noted as doomed, to be removed there. */
  bytesAreElsewhere: boolean;
}

/** An upload that shows no progress for this long is abandoned. */
export const UPLOAD_IDLE_MS = 10 * 60_000;

export interface Wish {
  keepUntil: number;
  holder?: string;
}

/** Which blobs there are, how large, until when, and where their bytes are. Every change is one script. */
export class BlobIndex {
  readonly #options: BlobIndexOptions;
  readonly #keys: Keys;

  constructor(options: BlobIndexOptions) {
    this.#options = options;
    this.#keys = keysFor(options.deployment);
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** A name for bytes that nobody has used. */
  newObject(): string {
    return randomUUID();
  }

  /** Counts an upload's bytes until now, writing a chunk of them if given. Throws `storage_full`. */
  async reserve(object: string, total: number, chunk?: { number: number; bytes: Buffer }): Promise<void> {
    const args = [object, total, this.maxBytes, UPLOAD_IDLE_MS, ...(chunk ? [chunk.number, chunk.bytes] : [])];
    if ((await this.run(RESERVE, args)) !== 1) throw this.full();
  }

  /**
   * The upload becomes the blob of this content. Returns the object that has its bytes: another one when the content was there already.
   * @param chunks how many Redis must have; 0 when the bytes are elsewhere
   */
  async commit(object: string, blob: { sha256: string; size: number; chunks: number }, wish: Wish): Promise<string> {
    const args = [object, blob.sha256, blob.size, wish.keepUntil, wish.holder ?? '', blob.chunks];
    const kept = (await this.run(COMMIT, args)) as string;
    if (kept === '') throw new AppError('storage_unavailable', 'The upload took too long and was given up');
    return kept;
  }

  /**
   * Takes an upload of so many bytes back; safe to repeat. False when it had been committed, which a lost answer hides, and may be in use.
   * @param duplicate it is known that another object has the bytes
   */
  async abandon(object: string, bytes: number, duplicate = false): Promise<boolean> {
    const doom = this.#options.bytesAreElsewhere ? 1 : 0;
    return (await this.run(ABANDON, [object, doom, bytes, duplicate ? 1 : 0])) === 1;
  }

  /** Objects whose bytes, kept elsewhere, are to be removed. */
  async doomed(max: number): Promise<{ object: string; bytes: number }[]> {
    const members = await stored(this.redis.srandmember(`${this.prefix}:doomed`, max));
    return members.map((member) => {
      const [object = '', bytes] = member.split(' ');
      return { object, bytes: Number(bytes) };
    });
  }

  async removed({ object, bytes }: { object: string; bytes: number }): Promise<void> {
    await stored(this.redis.srem(`${this.prefix}:doomed`, `${object} ${bytes}`));
  }

  async find(sha256: string): Promise<{ size: number; object: string } | null> {
    const [size, object] = await stored(this.redis.hmget(`${this.prefix}:blob:${sha256}`, 'size', 'object'));
    return size == null || object == null ? null : { size: Number(size), object };
  }

  async keep(sha256: string, wish: Wish): Promise<boolean> {
    return (await this.run(KEEP, [sha256, wish.keepUntil, wish.holder ?? ''])) === 1;
  }

  async release(sha256: string, holder: string): Promise<void> {
    await this.run(RELEASE, [sha256, holder]);
  }

  async expire(max: number): Promise<number> {
    return (await this.run(EXPIRE, [max, this.#options.bytesAreElsewhere ? 1 : 0])) as number;
  }

  async usage(): Promise<{ bytes: number; maxBytes: number }> {
    return { bytes: Number((await stored(this.redis.get(`${this.prefix}:blob-bytes`))) ?? 0), maxBytes: this.maxBytes };
  }

  get redis(): Redis {
    return this.#options.redis;
  }

  get prefix(): string {
    return this.#keys.prefix;
  }

  run(source: string, args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return stored(runScript(this.redis, source, this.prefix, args));
  }

  full(): AppError {
    return new AppError('storage_full', `The file store takes ${this.maxBytes} bytes and has no room for this`);
  }
}

/** Turns whatever the driver throws into `storage_unavailable`; errors of ours pass. */
export async function stored<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('storage_unavailable', 'The file store does not answer', { cause: error });
  }
}

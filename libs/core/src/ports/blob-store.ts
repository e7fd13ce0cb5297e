/** Bytes kept by their hash, for files and artifacts. Bounded, and nothing stays without somebody who wants it kept. */
export interface BlobStore {
  /**
   * Keeps the bytes until at least `keepUntil` (epoch ms). Streams; never holds all of it in memory. Safe to repeat.
   * What has a `holder` can be given up before by `release`. A source that throws leaves nothing behind, and its error is thrown.
   * Throws `file_too_large` past `maxBytes`, `storage_full` when the store's total cap is reached, `storage_unavailable`.
   */
  put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: BlobPutOptions,
  ): Promise<{ sha256: string; size: number }>;
  /** The bytes in pieces of at most 256 KiB, checked against the hash at the end. Throws `not_found` when it is gone, `storage_unavailable`. */
  get(sha256: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Prolongs how long it is kept; never shortens. False when it is gone. */
  keep(sha256: string, keepUntil: number, holder?: string): Promise<boolean>;
  /** This holder no longer wants it kept; what others want stays. Safe to repeat. */
  release(sha256: string, holder: string): Promise<void>;
  /** Removes what nobody wants any more, at most `max`. Returns how many. Safe to run on several workers. */
  expire(max: number): Promise<number>;
  /** Bytes kept now, and the cap. */
  usage(): Promise<{ bytes: number; maxBytes: number }>;
}

export interface BlobPutOptions {
  maxBytes: number;
  keepUntil: number;
  /** On whose behalf, such as the id of a file; without one it is kept until `keepUntil` whatever happens. */
  holder?: string;
}

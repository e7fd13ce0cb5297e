import type { BlobStore } from '@gantry/core';
import type { BlobIndexOptions } from './blob-index.js';
import { RedisBlobStore } from './redis-blob-store.js';
import { S3BlobStore } from './s3-blob-store.js';
import type { S3Settings } from './s3-bucket.js';

/** @param s3 `null` = bytes are kept in Redis */
export async function openBlobStore(
  options: Omit<BlobIndexOptions, 'bytesAreElsewhere'>,
  s3: S3Settings | null,
): Promise<BlobStore & { close(): void }> {
  if (s3 !== null) return S3BlobStore.open(options, s3);
  return Object.assign(new RedisBlobStore(options), { close: () => undefined });
}

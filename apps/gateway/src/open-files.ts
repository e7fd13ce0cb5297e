import type { BlobStore, FileStore, ResultCache } from '@gantry/core';
import { s3Choice, type ClosingStack } from '@gantry/service';
import { openBlobStore, RedisFileStore, RedisResultCache, type Redis } from '@gantry/storage';
import type { GatewayConfig } from './config.js';

/** What there is of files, their bytes, and remembered results. Throws when the variables for the store do not go together. */
export async function openFiles(
  config: GatewayConfig,
  connections: { redis: Redis; transfers: Redis },
  stack: ClosingStack,
): Promise<{ files: FileStore; blobs: BlobStore; cache: ResultCache }> {
  const { DEPLOYMENT: deployment, MAX_STORED_BYTES: maxBytes } = config;
  const { redis, transfers } = connections;
  const blobs = await openBlobStore({ redis: transfers, deployment, maxBytes }, s3Choice(config));
  stack.defer('blob store', () => blobs.close());
  return {
    files: new RedisFileStore({ redis, deployment }),
    blobs,
    cache: new RedisResultCache({ redis, deployment, retentionMs: config.RETENTION_SECONDS * 1000 }),
  };
}

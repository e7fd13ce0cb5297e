import { readdir } from 'node:fs/promises';
import type { BlobStore } from '@gantry/core';
import { MemoryBlobStore } from '@gantry/core/fakes';
import { connectRedis, RedisBlobStore, S3BlobStore, type Redis } from '@gantry/storage';
import { freshDeployment } from './executions.js';
import { redisUrl } from './requirements.js';
import { startS3Server } from './s3-server.js';

export interface OpenBlobStore extends AsyncDisposable {
  blobs: BlobStore;
}

export const MAX_STORED = 40 * 1024 * 1024;

export function openMemoryBlobs(): Promise<OpenBlobStore> {
  const blobs = new MemoryBlobStore({ now: () => Date.now(), monotonic: () => performance.now() }, MAX_STORED);
  return Promise.resolve({ blobs, [Symbol.asyncDispose]: () => Promise.resolve() });
}

export async function openRedisBlobs(): Promise<OpenBlobStore & { redis: Redis; deployment: string }> {
  const { redis, deployment, close } = await connect();
  const blobs = new RedisBlobStore({ redis, deployment, maxBytes: MAX_STORED });
  return { blobs, redis, deployment, [Symbol.asyncDispose]: close };
}

/** @returns also how many objects the bucket has */
export async function openS3Blobs(): Promise<OpenBlobStore & { objects: () => Promise<number> }> {
  const { redis, deployment, close } = await connect();
  const server = await startS3Server();
  const blobs = await S3BlobStore.open({ redis, deployment, maxBytes: MAX_STORED }, server.settings);
  return {
    blobs,
    objects: async () =>
      (await readdir(server.directory, { recursive: true })).filter(
        (name) => name.includes(deployment) && name.endsWith('_object'),
      ).length,
    [Symbol.asyncDispose]: async () => {
      blobs.close();
      await close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function connect(): Promise<{ redis: Redis; deployment: string; close: () => Promise<void> }> {
  const deployment = freshDeployment();
  const redis = await connectRedis({
    url: redisUrl(),
    deployment,
    role: 'transferring',
    name: 'test',
    onOutage: () => undefined,
  });
  const close = async (): Promise<void> => {
    const keys = await redis.keys(`{${deployment}}*`);
    if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  };
  return { redis, deployment, close };
}

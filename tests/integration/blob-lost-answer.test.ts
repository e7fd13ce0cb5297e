import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Redis } from '@gantry/storage';
import { RedisBlobStore } from '@gantry/storage';
import { MAX_STORED, openRedisBlobs } from '../support/blob-stores.js';

async function* inTwo(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes.subarray(0, bytes.length / 2);
  yield bytes.subarray(bytes.length / 2);
  await Promise.resolve();
}

/** Runs every command, but loses the answer of the one that has this word among its arguments. */
function losingAnswerOf(redis: Redis, word: string): Redis {
  const losing = async (...args: unknown[]): Promise<unknown> => {
    const answer = await (redis.evalsha as (...all: unknown[]) => Promise<unknown>).apply(redis, args);
    if (args.includes(word)) throw new Error('Command timed out');
    return answer;
  };
  return new Proxy(redis, {
    get: (target, name) => {
      const value: unknown = name === 'evalsha' ? losing : Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

test('a commit whose answer is lost leaves a blob that others can use', async () => {
  await using store = await openRedisBlobs();
  const content = randomBytes(600_000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const options = { maxBytes: 1_000_000, keepUntil: Date.now() + 60_000 };
  const warmUp = randomBytes(600_000);
  await store.blobs.put(inTwo(warmUp), options);
  const redis = losingAnswerOf(store.redis, sha256);
  const unlucky = new RedisBlobStore({ redis, deployment: store.deployment, maxBytes: MAX_STORED });
  await expect(unlucky.put(inTwo(content), options)).rejects.toThrow();
  expect(await store.blobs.put(inTwo(content), options)).toEqual({ sha256, size: content.length });
  const read: Uint8Array[] = [];
  for await (const piece of store.blobs.get(sha256)) read.push(piece);
  expect(Buffer.concat(read).equals(content)).toBe(true);
});

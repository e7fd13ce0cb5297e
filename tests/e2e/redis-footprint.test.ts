import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectRedis, type Redis } from '@gantry/storage';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { startStack, type Stack } from '../support/stack.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const RETENTION_SECONDS = 6;
/** The bytes of artifacts go with their index, five minutes after the records that name them. */
const BLOBS = ['blob:', 'blobs', 'bytes:'];
const BLOBS_KEPT_LONGER_MS = 310_000;
/** Of any key, such as what the queue's library says of a queue, of which it keeps a fixed number. */
const GROWTH = 24 * KIB;

describe('what executions take in Redis', () => {
  let stack: Stack;
  let api: Api;
  let redis: Redis;
  let made = 0;
  beforeAll(async () => {
    stack = await startStack({ env: { RETENTION_SECONDS: String(RETENTION_SECONDS) } });
    api = new Api(stack.url);
    const url = stack.env['REDIS_URL'] ?? '';
    redis = await connectRedis({
      url,
      deployment: stack.deployment,
      role: 'persistent',
      name: 'test',
      onOutage: () => undefined,
    });
  });
  afterAll(async () => {
    redis?.disconnect();
    await stack?.close();
  });

  const key = (name: string): string => `{${stack.deployment}}:${name}`;
  async function bytesByKey(): Promise<Map<string, number>> {
    const keys = await redis.keys(`{${stack.deployment}}*`);
    const sizes = await Promise.all(keys.map(async (name) => (await redis.memory('USAGE', name, 'SAMPLES', '0')) ?? 0));
    return new Map(keys.map((name, i) => [name, sizes[i] ?? 0]));
  }
  const sum = (sizes: Map<string, number>): number => [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
  const run = (code: string, more: object = {}): Promise<unknown> =>
    api.execute({ language: 'python', code, ...more }, { 'idempotency-key': `footprint-${++made}` });
  /** Bytes of each of so many executions. */
  async function cost(count: number, code: string, more: object = {}): Promise<number> {
    const before = sum(await bytesByKey());
    for (let i = 0; i < count; i++) await run(code, more);
    return (sum(await bytesByKey()) - before) / count;
  }

  test('is bounded for each, and is given back when they expire', async () => {
    await run('print("first")');
    const start = await bytesByKey();
    const hello = await cost(10, 'print("Hello from Python!")');
    const megabyte = await cost(2, `print("x" * ${MIB - 1})`);
    const artifact = await cost(2, `open("a", "wb").write(__import__("os").urandom(${MIB}))`, { artifacts: ['a'] });
    expect(hello).toBeLessThan(12 * KIB);
    expect(megabyte).toBeLessThan(3 * MIB);
    expect(artifact).toBeLessThan(1.5 * MIB);
    const [lastBlob = ''] = (await redis.zrevrange(key('blobs'), 0, 0, 'WITHSCORES')).slice(1);
    expect(Number(lastBlob)).toBeLessThan(Date.now() + RETENTION_SECONDS * 1000 + BLOBS_KEPT_LONGER_MS);
    await eventually(
      async () => {
        const left = [...(await bytesByKey())].filter(([name]) => !BLOBS.some((blob) => name.startsWith(key(blob))));
        expect(left.filter(([name, bytes]) => bytes > (start.get(name) ?? 0) + GROWTH)).toEqual([]);
        expect(left.length).toBeLessThanOrEqual(start.size + 5);
      },
      20_000,
      500,
    );
  });
});

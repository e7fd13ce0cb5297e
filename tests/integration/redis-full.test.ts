import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OwnRedis } from '../chaos/src/own-redis.js';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

let directory: string;
let redis: OwnRedis;
let executions: RedisExecutions;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gantry-full-'));
  redis = await OwnRedis.start(directory);
  executions = await openRedisExecutions({ url: redis.url });
});
afterAll(async () => {
  await executions[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const limit = (bytes: number): Promise<unknown> =>
  redis.use((connection) => connection.config('SET', 'maxmemory', String(bytes)));

/** How many scripts were refused until now. */
async function refusals(): Promise<number> {
  const stats = await redis.use((connection) => connection.info('commandstats'));
  return Number(/^cmdstat_evalsha:.*failed_calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

test('output and end of what runs while Redis is full are kept, and written when there is room', async () => {
  const { store, attempts, events } = executions;
  const execution = sampleExecution();
  await store.create(execution);
  await store.accept(execution.id);
  const outcome = await attempts.start(execution.id, { worker: 'w', nonce: 'n', leaseMs: 10_000 });
  expect(outcome).toMatchObject({ kind: 'started', attempt: 1 });
  await limit(1);
  await expect(executions.redis.set('{full}', '')).rejects.toThrow('OOM');
  // A look that cannot be told from one in which nobody could prolong a lease does not count.
  const looking = attempts.lapsed(10);
  const before = await refusals();
  const written = events.append({ id: execution.id, attempt: 1, offset: 0 }, [
    { type: 'stdout', data: { text: 'out\n', encoding: 'utf-8' } },
  ]);
  await eventually(async () => expect(await refusals()).toBeGreaterThan(before + 2));
  const ended = written.then(() => attempts.finish(execution.id, 1, sampleResult()));
  await limit(0);
  expect(await written).toBe(true);
  expect(await ended).toBe(true);
  expect(await looking).toEqual([]);
  expect(await store.get(execution.id, execution.tenant)).toMatchObject({ status: 'completed', attempt: 1 });
  const told = await events.recent(execution.id, 10);
  expect(told.map(({ type }) => type)).toEqual(['status', 'status', 'stdout', 'result']);
});

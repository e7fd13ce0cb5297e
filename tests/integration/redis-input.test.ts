import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectRedis, RedisInputChannel, type Redis } from '@gantry/storage';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest } from '../support/executions.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';
import { redisUrl } from '../support/requirements.js';

let executions: RedisExecutions;
let proxy: FaultyProxy;
/** The worker's, by way of the proxy. */
let far: Redis;

beforeAll(async () => {
  executions = await openRedisExecutions();
  proxy = await FaultyProxy.beforeRedis(redisUrl());
  far = await connectRedis({
    url: proxy.address,
    deployment: executions.deployment,
    role: 'persistent',
    name: 'far',
    onOutage: () => undefined,
  });
});
afterAll(async () => {
  far.disconnect();
  await proxy.close();
  await executions[Symbol.asyncDispose]();
});

/** How many bytes wait to be read. */
const unread = async (id: string): Promise<number> =>
  Number((await executions.redis.hget(`{${executions.deployment}}:x:${id}`, 'inbytes')) ?? 0);

test('input whose answer is lost on its way to the program is read again, and none twice', async () => {
  const { store, subscriber, deployment, redis } = executions;
  const execution = sampleExecution({ request: sampleRequest({ stdinMode: 'stream' }) });
  const { id, tenant } = execution;
  await store.create(execution);
  await store.accept(id);
  const near = new RedisInputChannel({ redis, subscriber, deployment });
  const write = (text: string, close = false): Promise<unknown> => near.write({ id, tenant }, Buffer.from(text), close);
  for (const text of ['zero', 'one', 'two']) expect(await write(text)).toBe('written');
  const pieces = new RedisInputChannel({ redis: far, subscriber, deployment }).read(id, new AbortController().signal);
  const reader = pieces[Symbol.asyncIterator]();
  const next = async (): Promise<string | null> => {
    const { value, done } = await reader.next();
    return done === true ? null : Buffer.from(value).toString();
  };
  expect(await next()).toBe('zero');
  proxy.mute();
  const reading = next();
  // It was done there: what had been read before is given up.
  await eventually(async () => expect(await unread(id)).toBe('onetwo'.length));
  proxy.restore();
  expect(await reading).toBe('one');
  expect(await write('three', true)).toBe('written');
  expect([await next(), await next(), await next()]).toEqual(['two', 'three', null]);
  expect(await unread(id)).toBe(0);
});

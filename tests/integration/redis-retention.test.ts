import { afterEach, describe, expect, test } from '@jest/globals';
import type { ExecutionEvent, NewEvent } from '@gantry/contracts';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

const line = (text: string): NewEvent => ({ type: 'stdout', data: { text, encoding: 'utf-8' } });

describe('what Redis keeps', () => {
  let executions: RedisExecutions;
  afterEach(async () => executions[Symbol.asyncDispose]());

  async function running(idempotencyKey: string | null = null): Promise<string> {
    const execution = sampleExecution({ idempotencyKey });
    await executions.store.create(execution);
    await executions.store.accept(execution.id);
    await executions.attempts.start(execution.id, { worker: 'w', nonce: 'n', leaseMs: 5000 });
    return execution.id;
  }
  async function readAll(id: string, after: number): Promise<ExecutionEvent[]> {
    const events: ExecutionEvent[] = [];
    for await (const batch of executions.events.read(id, after, AbortSignal.timeout(5000))) events.push(...batch);
    return events;
  }

  test('the log of one execution is bounded; who is behind its oldest event is told so, who is not reads on', async () => {
    executions = await openRedisExecutions({ maxLogBytes: 20_000 });
    const id = await running();
    for (let i = 0; i < 100; i++)
      await executions.events.append({ id, attempt: 1, offset: i }, [line('x'.repeat(1000))]);
    await executions.attempts.finish(id, 1, sampleResult());
    await expect(readAll(id, 0)).rejects.toMatchObject({ code: 'history_gone' });
    const tail = await readAll(id, 95);
    expect(tail.map((event) => event.seq)).toEqual([96, 97, 98, 99, 100, 101, 102, 103]);
    const bytes = Number(await executions.redis.memory('USAGE', `{${executions.deployment}}:x:${id}:events`));
    expect(bytes).toBeLessThan(60_000);
  });

  test('everything about an ended execution goes when its time is over, and its idempotency key is free again', async () => {
    executions = await openRedisExecutions({ retentionMs: 300 });
    const id = await running('key');
    await executions.attempts.finish(id, 1, sampleResult());
    expect(await executions.store.get(id, 'acme')).toMatchObject({ status: 'completed' });
    await eventually(async () => expect(await executions.store.get(id, 'acme')).toBeNull());
    expect((await executions.store.list('acme', { limit: 10, cursor: null, status: null })).records).toEqual([]);
    expect(await executions.store.create(sampleExecution({ idempotencyKey: 'key' }))).toEqual({ kind: 'created' });
    await expect(readAll(id, 0)).rejects.toMatchObject({ code: 'history_gone' });
    await eventually(async () => expect(await executions.redis.keys(`*${id}*`)).toEqual([]));
  });

  test('nothing of a waiting or running execution expires', async () => {
    executions = await openRedisExecutions({ retentionMs: 100 });
    const id = await running();
    expect(await executions.redis.pttl(`{${executions.deployment}}:x:${id}`)).toBe(-1);
    expect(await executions.redis.pttl(`{${executions.deployment}}:x:${id}:events`)).toBe(-1);
  });
});

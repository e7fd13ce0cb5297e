import { EMPTY_OUTPUT, type ExecutionResult, type NewEvent } from '@gantry/contracts';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

const PIECE = 'é"x\n'.repeat(12_000);
const PIECES = 40;

const output = (text: string): NewEvent => ({ type: 'stdout', data: { text, encoding: 'utf-8' } });

function longResult(): ExecutionResult {
  const text = PIECE.repeat(PIECES);
  return sampleResult({ stdout: { ...EMPTY_OUTPUT, text, bytes: Buffer.from(text) } });
}

/** Accepted, started, and all but the last piece of its output in the log. */
async function written(executions: RedisExecutions, tenant: string): Promise<string> {
  const { store, attempts, events } = executions;
  const job = sampleExecution({ tenant });
  await store.create(job);
  await store.accept(job.id);
  await attempts.start(job.id, { worker: 'w', nonce: 'n', leaseMs: 60_000 });
  const pieces = Array.from({ length: PIECES - 1 }, () => output(PIECE));
  await events.append({ id: job.id, attempt: 1, offset: 0 }, pieces);
  return job.id;
}

describe('an output too long to be kept twice', () => {
  test('lies in the event log only, and the record is read with all of it', async () => {
    await using executions = await openRedisExecutions({ maxLogBytes: 16 * 1024 * 1024 });
    const { store, attempts, redis, deployment } = executions;
    const id = await written(executions, 'a');
    const result = longResult();
    const last = { offset: PIECES - 1, events: [output(PIECE)], complete: true };
    expect(await attempts.finish(id, 1, result, last)).toBe(true);
    expect(await attempts.finish(id, 1, result, last)).toBe(true);
    expect(await redis.hstrlen(`{${deployment}}:x:${id}`, 'stdout')).toBe(0);
    const read = await store.get(id, 'a');
    expect(read?.result?.stdout).toEqual({ ...EMPTY_OUTPUT, text: PIECE.repeat(PIECES) });
    expect(await store.get(id, 'b')).toBeNull();
    const bounded = await store.getBounded(id, 'a', 1024);
    expect(bounded?.complete).toBe(false);
    expect(bounded?.record.result?.stdout.text).toBe('');
  });

  test.each([
    ['has lost its beginning', 1024 * 1024, true],
    ['refused a part', 16 * 1024 * 1024, false],
  ])('lies in the record when the log %s', async (_why, maxLogBytes, complete) => {
    await using executions = await openRedisExecutions({ maxLogBytes });
    const id = await written(executions, 'a');
    const last = { offset: PIECES - 1, events: [output(PIECE)], complete };
    expect(await executions.attempts.finish(id, 1, longResult(), last)).toBe(true);
    expect((await executions.store.get(id, 'a'))?.result?.stdout.text).toBe(PIECE.repeat(PIECES));
  });

  test('is read without what an attempt wrote whose worker was lost', async () => {
    await using executions = await openRedisExecutions({ maxLogBytes: 16 * 1024 * 1024 });
    const { store, attempts, events, redis, deployment } = executions;
    const job = sampleExecution({ tenant: 'a', request: sampleRequest({ retryOnWorkerLost: 1 }) });
    const { id } = job;
    await store.create(job);
    await store.accept(id);
    await attempts.start(id, { worker: 'w', nonce: 'lost', leaseMs: 1 });
    await events.append({ id, attempt: 1, offset: 0 }, [output('lost'), output(PIECE)]);
    await eventually(async () => expect(await attempts.lose(id, sampleResult())).toBe('again'));
    await attempts.start(id, { worker: 'w', nonce: 'again', leaseMs: 60_000 });
    const pieces = Array.from({ length: PIECES - 1 }, () => output(PIECE));
    await events.append({ id, attempt: 2, offset: 0 }, pieces);
    await attempts.finish(id, 2, longResult(), { offset: PIECES - 1, events: [output(PIECE)], complete: true });
    expect(await redis.hstrlen(`{${deployment}}:x:${id}`, 'stdout')).toBe(0);
    expect((await store.get(id, 'a'))?.result?.stdout.text).toBe(PIECE.repeat(PIECES));
  });

  test('is gone with its log', async () => {
    await using executions = await openRedisExecutions({ maxLogBytes: 16 * 1024 * 1024 });
    const { store, attempts, redis, deployment } = executions;
    const id = await written(executions, 'a');
    await attempts.finish(id, 1, longResult(), { offset: PIECES - 1, events: [output(PIECE)], complete: true });
    await redis.del(`{${deployment}}:x:${id}:events`);
    expect(await store.get(id, 'a')).toBeNull();
  });
});

import { EMPTY_OUTPUT, type ExecutionResult, type NewEvent } from '@gantry/contracts';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { sampleExecution, sampleRequest, sampleResult } from '../support/executions.js';
import { openRedisExecutions, type RedisExecutions } from '../support/redis-executions.js';

const PIECE = 'é"x\n'.repeat(12_000);
const PIECES = 40;

const output = (text: string): NewEvent => ({ type: 'stdout', data: { text, encoding: 'utf-8' } });

function longResult(): ExecutionResult {
  return sampleResult({ stdout: { ...EMPTY_OUTPUT, logged: true } });
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
    expect(await redis.hstrlen(`{${deployment}}:x:${id}`, 'stdout')).toBeLessThan(100);
    const read = await store.get(id, 'a');
    expect(read?.result?.stdout).toEqual({ ...EMPTY_OUTPUT, text: PIECE.repeat(PIECES) });
    expect(await store.get(id, 'b')).toBeNull();
    const bounded = await store.getBounded(id, 'a', 1024);
    expect(bounded?.complete).toBe(false);
    expect(bounded?.record.result?.stdout.text).toBe('');
  });

  test('is whole, on both streams, also when its events had to leave the log', async () => {
    await using executions = await openRedisExecutions({ maxLogBytes: 1024 * 1024 });
    const { store, attempts, events, redis, deployment } = executions;
    const id = await written(executions, 'a');
    const binary = Buffer.alloc(64 * 1024, 0xfe);
    const stderr = (): NewEvent => ({ type: 'stderr', data: { text: binary.toString('base64'), encoding: 'base64' } });
    const lines = Array.from({ length: 30 }, stderr);
    await events.append({ id, attempt: 1, offset: PIECES - 1 }, lines);
    const result = { ...longResult(), stderr: { ...EMPTY_OUTPUT, encoding: 'base64' as const, logged: true as const } };
    const last = { offset: PIECES - 1 + lines.length, events: [output(PIECE)], complete: true };
    expect(await attempts.finish(id, 1, result, last)).toBe(true);
    expect(Number(await redis.memory('USAGE', `{${deployment}}:x:${id}:events`))).toBeLessThan(2 * 1024 * 1024);
    const read = (await store.get(id, 'a'))?.result;
    expect(read?.stdout).toEqual({ ...EMPTY_OUTPUT, text: PIECE.repeat(PIECES) });
    const all = Buffer.alloc(30 * binary.length, 0xfe).toString('base64');
    expect(read?.stderr).toEqual({ ...EMPTY_OUTPUT, text: all, encoding: 'base64' });
    // It expires with the rest.
    expect(await redis.pttl(`{${deployment}}:x:${id}:output`)).toBeGreaterThan(0);
  });

  test.each([16, 1])(
    'is read without what an attempt wrote whose worker was lost, with a log of %i MiB',
    async (mib) => {
      await using executions = await openRedisExecutions({ maxLogBytes: mib * 1024 * 1024 });
      const { store, attempts, events, redis, deployment } = executions;
      const job = sampleExecution({ tenant: 'a', request: sampleRequest({ retryOnWorkerLost: 1 }) });
      const { id } = job;
      await store.create(job);
      await store.accept(id);
      await attempts.start(id, { worker: 'w', nonce: 'lost', leaseMs: 1 });
      await events.append(
        { id, attempt: 1, offset: 0 },
        Array.from({ length: PIECES }, () => output(`lost ${PIECE}`)),
      );
      await eventually(async () => expect(await attempts.lose(id, sampleResult())).toBe('again'));
      await attempts.start(id, { worker: 'w', nonce: 'again', leaseMs: 60_000 });
      const pieces = Array.from({ length: PIECES - 1 }, () => output(PIECE));
      await events.append({ id, attempt: 2, offset: 0 }, pieces);
      await attempts.finish(id, 2, longResult(), { offset: PIECES - 1, events: [output(PIECE)], complete: true });
      expect(await redis.hstrlen(`{${deployment}}:x:${id}`, 'stdout')).toBeLessThan(100);
      expect((await store.get(id, 'a'))?.result?.stdout.text).toBe(PIECE.repeat(PIECES));
    },
  );

  test('is gone with its log', async () => {
    await using executions = await openRedisExecutions({ maxLogBytes: 16 * 1024 * 1024 });
    const { store, attempts, redis, deployment } = executions;
    const id = await written(executions, 'a');
    await attempts.finish(id, 1, longResult(), { offset: PIECES - 1, events: [output(PIECE)], complete: true });
    await redis.del(`{${deployment}}:x:${id}:events`);
    expect(await store.get(id, 'a')).toBeNull();
  });
});

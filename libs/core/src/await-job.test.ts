import { describe, expect, test } from '@jest/globals';
import { AppError, EMPTY_OUTPUT } from '@gantry/contracts';
import { submitAndAwaitJob } from './await-job.js';
import { MemoryExecutions } from './fakes/index.js';
import { unreadJob } from './unread-job.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const never = new AbortController().signal;

/** Takes everything, and cannot be read. */
class UnreadableExecutions extends MemoryExecutions {
  fault = new AppError('redis_unavailable', 'away');

  override get(): Promise<never> {
    return Promise.reject(this.fault);
  }
}

describe('submitAndAwaitJob', () => {
  const executions = new UnreadableExecutions(clock);
  const deps = { store: executions, events: executions, clock };
  const target = {
    id: 'x',
    tenant: 't',
    unread: (id: string) => unreadJob<never, never>({ id, tenant: 't', request: EMPTY_OUTPUT as never, createdAt: 1 }),
  };
  const submit = (): Promise<{ id: string }> => Promise.resolve({ id: 'x' });

  test.each([0, 20])('tells what was accepted though it cannot be read afterwards (waiting %d ms)', async (waitMs) => {
    const { record, submitted } = await submitAndAwaitJob(deps as never, { ...target, waitMs }, submit, never);
    expect(submitted).toEqual({ id: 'x' });
    expect(record).toMatchObject({ id: 'x', status: 'pending', result: null });
  });

  test('throws what the submit throws: nothing was accepted then', async () => {
    const refused = (): Promise<never> => Promise.reject(new AppError('redis_unavailable', 'not taken'));
    await expect(submitAndAwaitJob(deps as never, { ...target, waitMs: 20 }, refused, never)).rejects.toThrow(
      'not taken',
    );
  });

  test('does not hide an error of ours', async () => {
    executions.fault = new AppError('internal_error', 'a defect');
    await expect(submitAndAwaitJob(deps as never, { ...target, waitMs: 0 }, submit, never)).rejects.toThrow('a defect');
  });
});

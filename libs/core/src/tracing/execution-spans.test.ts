import { beforeEach, describe, expect, test } from '@jest/globals';
import { unranResult, type ExecutionRecord, type Reason } from '@gantry/contracts';
import { FakeClock, RecordingTracer } from '../fakes/index.js';
import type { Finished } from '../end-attempt.js';
import { tracedExecution } from './execution-spans.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function recordOf(traceparent: string | null): ExecutionRecord {
  const request = { runtime: 'bash', imageId: null };
  return {
    id: 'exec_1',
    tenant: 't',
    request,
    createdAt: 0,
    traceparent,
    tracestate: null,
  } as unknown as ExecutionRecord;
}

function finishedAs(reason: Reason, record: ExecutionRecord): Finished {
  const result = unranResult(reason === 'exit_code' ? 'completed' : 'failed', reason, '');
  return { record, result, acquireMs: 1, queueMs: 2, attempt: 1, trace: null };
}

describe('the spans of an execution', () => {
  let tracer: RecordingTracer;
  beforeEach(() => {
    tracer = new RecordingTracer();
  });
  const run = (record: ExecutionRecord, work: () => Promise<Finished | null>): Promise<Finished | null> =>
    tracedExecution({ tracer, clock: new FakeClock(), workerId: 'w1' }, record, work);
  const whence = (): (string | null)[][] => tracer.spans.map(({ name, within }) => [name, within]);

  test('go on from the trace of who submitted it, its wait beside its work', async () => {
    const record = recordOf(TRACEPARENT);
    const finished = await run(record, () => Promise.resolve(finishedAs('exit_code', record)));
    expect(whence()).toEqual([
      ['queue wait', TRACEPARENT],
      ['process execution', TRACEPARENT],
    ]);
    expect(tracer.spans[1]).toMatchObject({
      kind: 'consumer',
      failed: null,
      attributes: { 'gantry.status': 'completed', 'gantry.queue_ms': 2, 'gantry.worker': 'w1', 'gantry.attempt': 1 },
    });
    expect(finished?.trace?.traceparent).toContain('-0000000000000002-');
  });

  test('are one trace where nobody has begun one', async () => {
    const record = recordOf(null);
    await run(record, () => Promise.resolve(finishedAs('exit_code', record)));
    expect(whence()).toEqual([
      ['process execution', null],
      ['queue wait', 'process execution'],
    ]);
  });

  test.each<[Reason, string | null]>([
    ['signal', null],
    ['wall_time_limit', null],
    ['image_unavailable', null],
    ['cancelled', null],
    ['internal_error', 'internal_error'],
    ['worker_lost', 'worker_lost'],
  ])('that ends with %s are failed only where that is our doing', async (reason, failed) => {
    const record = recordOf(TRACEPARENT);
    await run(record, () => Promise.resolve(finishedAs(reason, record)));
    expect(tracer.spans[1]?.failed).toBe(failed);
  });

  test('say so when there was nothing to write, and end when the work throws', async () => {
    expect(await run(recordOf(TRACEPARENT), () => Promise.resolve(null))).toBeNull();
    expect(tracer.spans[1]?.attributes['gantry.outcome']).toBe('nothing_to_write');
    await expect(run(recordOf(TRACEPARENT), () => Promise.reject(new Error('again')))).rejects.toThrow('again');
    expect(tracer.spans.every(({ ended }) => ended)).toBe(true);
  });
});

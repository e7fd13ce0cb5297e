import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, unranResult, type ExecutionRequest } from '@gantry/contracts';
import { ActiveAttempts, DEFAULT_LIMITS, type ClaimedDelivery } from '@gantry/core';
import { FakeClock, MemoryExecutions, MemoryJobConsumer, MemoryJobQueue } from '@gantry/core/fakes';
import { silentLogger } from '@gantry/service';
import { ExecutionIntake } from './execution-intake.js';
import { keepQueue } from './queue-keeper.js';

const REQUEST: ExecutionRequest = {
  runtime: 'python',
  code: '',
  args: [],
  stdin: '',
  env: {},
  workingDirectory: '/workspace',
  imageId: null,
  files: [],
  artifacts: [],
  limits: DEFAULT_LIMITS,
  onOutputLimit: 'truncate',
  stdinMode: 'input',
  preload: true,
  isolation: 'default',
  requires: [],
  priority: 5,
  retryOnWorkerLost: 0,
  cache: null,
};

describe('the intake of a worker', () => {
  let clock: FakeClock;
  let executions: MemoryExecutions;
  let tokens: MemoryJobQueue;
  let consumer: MemoryJobConsumer;
  let intake: ExecutionIntake;
  let runs: { delivery: ClaimedDelivery; end: () => Promise<void>; fail: (error: Error) => void }[];
  let count: number;
  beforeEach(() => prepare());

  function prepare({ slots = 1, tags = [] as string[] } = {}): void {
    clock = new FakeClock();
    executions = new MemoryExecutions(clock);
    tokens = new MemoryJobQueue();
    executions.onOwed = (owed) => void tokens.enqueueTokens(owed);
    consumer = new MemoryJobConsumer(tokens, slots);
    runs = [];
    count = 0;
    const active = new ActiveAttempts();
    const run = (delivery: ClaimedDelivery): Promise<void> =>
      new Promise((resolve, reject) => {
        const end = async (): Promise<void> => {
          await executions.start(delivery.id, { worker: 'w1', nonce: delivery.nonce, leaseMs: 1000 });
          await executions.finish(delivery.id, 1, unranResult('completed', 'exit_code', ''));
          resolve();
        };
        delivery.signal.addEventListener('abort', () => reject(new Error('given up')));
        runs.push({ delivery, end, fail: reject });
      });
    const parts = { scheduler: executions, consumer, tokens, active, run, logger: silentLogger };
    intake = new ExecutionIntake({ ...parts, workerId: 'w1', tags, slots, leaseMs: 1000 });
  }
  async function submit(requires: string[] = [], tenant = 't'): Promise<string> {
    const id = `x${++count}`;
    const job = { id, tenant, request: { ...REQUEST, requires }, fingerprint: '', idempotencyKey: null };
    await executions.create({ ...job, acceptWithinMs: 1000, maxQueued: 99, maxQueuedPerTenant: 99 });
    await executions.accept(id);
    if (requires.length === 0) await tokens.enqueue(id);
    intake.look();
    consumer.turn();
    await settled();
    return id;
  }
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const ran = (): string[] => runs.map(({ delivery }) => delivery.id);
  async function endOf(index: number): Promise<void> {
    await runs[index]?.end();
    await settled();
    await settled();
  }
  const statusOf = async (id: string): Promise<string | undefined> => (await executions.get(id, 't'))?.status;

  test('takes one execution for each token and place, and the next when one ends', async () => {
    prepare({ slots: 2 });
    intake.begin();
    for (let i = 0; i < 4; i++) await submit();
    expect(ran()).toEqual(['x1', 'x2']);
    expect(intake.running()).toBe(2);
    expect(tokens.waiting).toHaveLength(2);
    await endOf(0);
    expect(ran()).toEqual(['x1', 'x2', 'x3']);
  });

  test('takes nothing while it is paused, and leaves the tokens to others', async () => {
    intake.begin();
    await intake.pause();
    await submit();
    expect(ran()).toEqual([]);
    expect(tokens.waiting).toHaveLength(1);
    intake.resume();
    await settled();
    expect(ran()).toEqual(['x1']);
  });

  test('takes from the lanes of its tags, and from no others', async () => {
    prepare({ slots: 4, tags: ['gpu'] });
    intake.begin();
    await submit(['gpu']);
    await submit(['eu']);
    await submit();
    expect(ran()).toEqual(['x1', 'x3']);
  });

  test('takes from its lanes and for tokens in turns when there is more of both than places', async () => {
    prepare({ tags: ['gpu'] });
    intake.begin();
    await submit();
    for (let i = 0; i < 3; i++) {
      await submit(['gpu']);
      await submit();
    }
    for (let i = 0; i < 6; i++) await endOf(i);
    expect(runs.map(({ delivery }) => delivery.record.request.requires.length)).toEqual([0, 1, 0, 1, 0, 1, 0]);
  });

  test('hands back at once what has not started when it stops, and waits for what runs', async () => {
    prepare({ slots: 2 });
    intake.begin();
    const [waits, started] = [await submit(), await submit()];
    const second = runs[1]?.delivery;
    await executions.start(started, { worker: 'w1', nonce: second?.nonce ?? '', leaseMs: 1000 });
    const stopping = intake.stop(60_000);
    await settled();
    expect(await statusOf(waits)).toBe('pending');
    expect(await executions.takeable()).toBe(1);
    expect(tokens.waiting).toHaveLength(1);
    expect(second?.stop.aborted).toBe(false);
    const next = await executions.take({ worker: 'w2', nonce: 'n', leaseMs: 1000, tags: [] });
    expect(next).toMatchObject({ failedBefore: 0, record: { id: waits } });
    await endOf(1);
    await stopping;
  });

  test('hands back what it cannot start, after a while, counts that, and says which try is the last', async () => {
    intake.begin();
    const id = await submit();
    const last: boolean[] = [];
    for (let i = 0; i < 4; i++) {
      last.push(runs[i]?.delivery.retriesLeft === false);
      if (i === 3) break;
      runs[i]?.fail(new AppError('engine_unavailable', 'no engine'));
      await settled();
      expect(await statusOf(id)).toBe('pending');
      expect(await executions.takeable()).toBe(0);
      clock.advance(10_000);
      await tokens.releaseDelayed();
      consumer.turn();
      await settled();
    }
    expect(runs.map(({ delivery }) => delivery.failedBefore)).toEqual([0, 1, 2, 3]);
    expect(last).toEqual([false, false, false, true]);
  });

  test('lets go of what was cancelled before it started', async () => {
    intake.begin();
    const id = await submit();
    await executions.cancel(id, 't');
    await intake.keepClaims();
    await settled();
    expect(runs[0]?.delivery.signal.aborted).toBe(true);
    expect(await statusOf(id)).toBe('cancelled');
    expect(tokens.waiting).toEqual([]);
  });

  test('makes up for lost tokens, and for a worker that fell silent before it started', async () => {
    await submit();
    await submit();
    tokens.waiting.length = 0;
    await executions.take({ worker: 'dead', nonce: 'n', leaseMs: 1000, tags: [] });
    const ended: string[] = [];
    const keep = (): Promise<void> =>
      keepQueue({ scheduler: executions, tokens, end: (id) => ended.push(id), logger: silentLogger });
    await keep();
    expect(tokens.waiting).toHaveLength(1);
    clock.advance(2000);
    await keep();
    expect(tokens.waiting).toHaveLength(2);
    await keep();
    expect(tokens.waiting).toHaveLength(2);
    expect(ended).toEqual([]);
    intake.begin();
    await settled();
    expect(ran()).toEqual(['x1']);
    expect(runs[0]?.delivery.failedBefore).toBe(1);
  });

  test('makes up for a token that is for later by a clock that is wrong', async () => {
    await submit();
    tokens.waiting.length = 0;
    await tokens.enqueueTokens(1, 3_600_000);
    await keepQueue({ scheduler: executions, tokens, end: () => undefined, logger: silentLogger });
    expect(tokens.waiting).toHaveLength(1);
  });
});
